// oneDNN's convolution for one size of batch: planned at construction, working in memory that the caller lends it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nn/kernels/window.hpp"
#include "nn/onednn/rounded_operands.hpp"
#include "nn/precision.hpp"

namespace treino::nn {

class Convolution {
 public:
  /// Plans for as many threads as OpenMP gives now (ThreadScope), and wants as many at every call. `input_block`: how
  /// the input's channels lie (Layer::channel_block). The output's lie as suits the convolution, unless it is to be plain. Throws
  /// std::runtime_error.
  /// Kernels of 3x3 with stride 1 use Winograd's algorithm F(4x4, 3x3), oneDNN's where it has one and else our own
  /// (winograd.hpp): about half the time, and errors of some 1e-5 of the largest output where a direct sum has 1e-6.
  /// In another precision than float32, images, weights and gradients are rounded to bfloat16 before each pass, that of the bias too.
  Convolution(const Window& window, std::int64_t filters, std::int64_t batch, bool bias, std::int64_t input_block,
              bool plain_output = false, Precision precision = Precision::float32);
  ~Convolution();

  std::int64_t output_block() const;

  /// The names of the ways to compute each pass, mostly oneDNN's: that of the pass itself, then of the moves into other layouts
  /// and back.
  struct Implementations {
    std::vector<std::string> forward, backward_weights, backward_data;
  };
  Implementations implementations() const;

  /// Bytes that forward, and each of the two others, want for the time of the call, on a cache line's boundary.
  std::size_t forward_scratch() const;
  std::size_t backward_scratch() const;

  // input: batch x channels x height x width; weight: filters x channels of a group x kernel; bias: filters, unused where there is none;
  // output: batch x filters x output height x output width, channels in blocks as input_block and output_block say. Results are
  // set, not added to.
  void forward(const float* input, const float* weight, const float* bias, float* output, std::byte* scratch);
  void backward_weights(const float* input, const float* output_gradient, float* weight_gradient, float* bias_gradient,
                        std::byte* scratch);
  void backward_data(const float* output_gradient, const float* weight, float* input_gradient, std::byte* scratch);

 private:
  std::size_t rounded_size() const { return rounded_ ? rounded_->size() : 0; }

  struct Plan;
  std::unique_ptr<Plan> plan_;
  std::optional<RoundedOperands> rounded_;  // nothing in float32
};

}  // namespace treino::nn
