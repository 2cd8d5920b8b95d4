// What memory the layers of a network need in a training step, and when: forward through all of them, then backward.
#pragma once
#include <deque>
#include <span>
#include <vector>

#include "nn/memory/arena.hpp"

namespace treino::nn {

/// When a layer's memory is in use.
enum class Use {
  output,    // from its forward on, as long as anyone reads it
  kept,      // from its forward through its backward
  forward,   // within its forward alone
  backward,  // within its backward alone
  always,
};

/// What decides how long the memory around a layer is in use.
struct Traits {
  bool reads_input = false, reads_output = false;  // backward does
  bool passes_input = false;                       // forward may return its input
  bool gradient_in_place = false;                  // backward makes the input's gradient of the output's where that lies
};

class StepMemory {
 public:
  /// For the layer that is being built. The slice is there, set to anything, after build().
  template <class Number>
  void request(ArenaSpan<Number>& slice, std::int64_t size, Use use) {
    requests_.push_back({arena_.request(slice, size), layers_, use});
  }
  /// The layer is built, and has this many numbers of output.
  void next(std::int64_t output_size) {
    output_sizes_.push_back(output_size);
    ++layers_;
  }

  /// Lays everything out, for layers of these traits, in order; the output of the last is in use to the end of backward.
  void build(std::span<const Traits> traits);

  /// Where d(loss)/d(output of the layer) goes.
  float* gradient(std::size_t layer) { return gradients_[gradient_of_[layer]].data(); }

  std::size_t bytes() const { return arena_.size(); }

 private:
  struct Request {
    std::size_t block, layer;
    Use use;
  };
  // Times within a step: a forward or backward each.
  int forward(std::size_t layer) const { return static_cast<int>(layer); }
  int backward(std::size_t layer) const { return static_cast<int>(2 * layers_ - 1 - layer); }
  int end() const { return static_cast<int>(2 * layers_); }
  int last_use_of_output(std::size_t layer, std::span<const Traits> traits) const;
  Lifetime lifetime(const Request& request, std::span<const Traits> traits) const;
  void request_gradients(std::span<const Traits> traits);

  std::size_t layers_ = 0;
  std::vector<Request> requests_;
  std::vector<std::int64_t> output_sizes_;
  std::deque<ArenaSpan<float>> gradients_;
  std::vector<std::size_t> gradient_of_;  // its number in gradients_, by layer
  Arena arena_;
};

}  // namespace treino::nn
