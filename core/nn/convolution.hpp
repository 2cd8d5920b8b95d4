// oneDNN's convolution for one size of batch: planned and allocated at construction.
#pragma once
#include <cstdint>
#include <memory>

#include "nn/buffer.hpp"
#include "nn/shapes.hpp"

namespace treino::nn {

/// Memory that one operation at a time uses for itself: as much as the greediest of them wants. It grows while plans are made.
class Scratch {
 public:
  void want(std::size_t bytes) {
    if (bytes > memory_.size()) memory_ = Array<std::byte>(static_cast<std::int64_t>(bytes));
  }
  std::byte* data() { return memory_.data(); }

 private:
  Array<std::byte> memory_;
};

class Convolution {
 public:
  /// Plans for as many threads as OpenMP gives at this moment (ThreadScope), and wants as many at every call. `input_block`: how
  /// the input's channels lie (Layer::output_block). Throws std::runtime_error.
  /// Kernels of 3x3 with stride 1 use Winograd's algorithm where oneDNN has it (F(4x4, 3x3); Lavin & Gray, Fast Algorithms for
  /// Convolutional Neural Networks, CVPR 2016): about half the time, and errors of some 1e-5 of the largest output where a direct
  /// sum has 1e-6.
  Convolution(const Window& window, std::int64_t filters, std::int64_t batch, bool bias, std::int64_t input_block,
              Scratch& scratch);
  ~Convolution();

  std::int64_t output_block() const;

  // input: batch x channels x height x width; weight: filters x channels x kernel; bias: filters, unused where there is none;
  // output: batch x filters x output height x output width, channels in blocks as input_block and output_block say. Results are
  // set, not added to.
  void forward(const float* input, const float* weight, const float* bias, float* output);
  void backward_weights(const float* input, const float* output_gradient, float* weight_gradient, float* bias_gradient);
  void backward_data(const float* output_gradient, const float* weight, float* input_gradient);

 private:
  struct Plan;
  std::unique_ptr<Plan> plan_;
};

}  // namespace treino::nn
