// oneDNN's convolution for one size of batch: planned and allocated at construction, run on plain channels x height x width
// arrays.
#pragma once
#include <cstdint>
#include <memory>

#include "nn/shapes.hpp"

namespace treino::nn {

class Convolution {
 public:
  /// Plans for as many threads as OpenMP gives at this moment (ThreadScope), and wants as many at every call. Throws
  /// std::runtime_error.
  Convolution(const Window& window, std::int64_t filters, std::int64_t batch, bool bias);
  ~Convolution();

  // input: batch x channels x height x width; weight: filters x channels x kernel; bias: filters, unused where there is none;
  // output: batch x filters x output height x output width. Results are set, not added to.
  void forward(const float* input, const float* weight, const float* bias, float* output);
  void backward_weights(const float* input, const float* output_gradient, float* weight_gradient, float* bias_gradient);
  void backward_data(const float* output_gradient, const float* weight, float* input_gradient);

 private:
  struct Plan;
  std::unique_ptr<Plan> plan_;
};

}  // namespace treino::nn
