// What memory the layers of a network need in a training step, and when: forward through all of them, then backward.
#pragma once
#include <cstdint>
#include <deque>
#include <limits>
#include <span>
#include <vector>

#include "nn/memory/arena.hpp"
#include "nn/topology.hpp"

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
  bool gradient_in_place = false;                  // backward makes an input's gradient of the output's where that lies
};

/// Where a layer's gradient with respect to one of its inputs goes; null where that is the model's input.
struct InputPlace {
  float* values = nullptr;
  /// Null where `values` is the gradient of that input's output already; else that, with what other layers that read the input have
  /// put there: what is in `values` is to be added. A layer with several inputs has no `values` then, and adds by itself.
  float* sum = nullptr;
};

class StepMemory {
 public:
  /// For the layer that is being built. The slice is there, set to anything, after build().
  template <class Number>
  void request(ArenaSpan<Number>& slice, std::int64_t size, Use use) {
    requests_.push_back({arena_.request(slice, size), layers(), use});
  }
  /// The layer is built, and has this many numbers of output. It reads the layers `inputs`, which came before it, or model_input.
  void next(std::int64_t output_size, std::vector<std::size_t> inputs);
  /// The same of a layer that reads the one before.
  void next(std::int64_t output_size) { next(output_size, {layers() == 0 ? model_input : layers() - 1}); }

  /// Lays everything out, for layers of these traits, in order; the output of the last is in use to the end of backward.
  void build(std::span<const Traits> traits);

  /// Where d(loss)/d(output of the layer) goes.
  float* gradient(std::size_t layer) { return gradients_[gradient_of_[layer]].data(); }
  /// Where the last of the layers that read something sets its gradient, and those before it add theirs, as backward goes.
  InputPlace input_gradient(std::size_t layer, std::size_t input);

  std::size_t bytes() const { return arena_.size(); }

 private:
  struct Request {
    std::size_t block, layer;
    Use use;
  };
  /// Of gradients that lie at one place.
  struct GradientBlock {
    std::int64_t size;
    Lifetime lifetime;
  };
  static constexpr std::size_t nowhere = std::numeric_limits<std::size_t>::max();
  struct Place {
    std::size_t values = nowhere, sum = nowhere;  // numbers in gradients_
  };
  std::size_t layers() const { return inputs_.size(); }
  // Times within a step: a forward or backward each.
  int forward(std::size_t layer) const { return static_cast<int>(layer); }
  int backward(std::size_t layer) const { return static_cast<int>(2 * layers() - 1 - layer); }
  int end() const { return static_cast<int>(2 * layers()); }
  int last_use_of_output(std::size_t layer, std::span<const Traits> traits) const;
  Lifetime lifetime(const Request& request, std::span<const Traits> traits) const;
  void request_gradients(std::span<const Traits> traits);
  std::vector<GradientBlock> place_gradients(std::span<const Traits> traits);
  void place_input_gradients(std::size_t layer, bool in_place, std::vector<GradientBlock>& blocks);

  std::vector<Request> requests_;
  std::vector<std::int64_t> output_sizes_;
  std::vector<std::vector<std::size_t>> inputs_, readers_;  // of each layer
  std::deque<ArenaSpan<float>> gradients_;
  std::vector<std::size_t> gradient_of_;    // its number in gradients_, by layer
  std::vector<std::vector<Place>> places_;  // of each layer's inputs
  Arena arena_;
};

}  // namespace treino::nn
