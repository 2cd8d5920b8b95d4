// Each block of a sample is a matrix that is transposed.
#include "nn/layers/from_blocked_layout.hpp"

#include "nn/kernels/kernels.hpp"
#include "nn/kernels/parallel_for.hpp"
#include "nn/layers/layer.hpp"

namespace treino::nn {
namespace {

class FromBlockedLayout final : public Layer {
 public:
  FromBlockedLayout(const Shape& shape, std::int64_t block, std::int64_t capacity, int threads, StepMemory& memory)
      : area_(size_of(shape) / shape[0]), block_(block), blocks_(shape[0] / block), threads_(threads) {
    memory.request(output_, capacity * size_of(shape), Use::output);
  }
  Traits traits() const override { return {}; }

  const float* forward(const float* input, const Pass& pass) override {
    transpose(input, output_.data(), pass.batch, area_, block_);
    return output_.data();
  }

  void backward(const Gradients& gradients, const BackwardPass& pass) override {
    if (!pass.wants_input_gradient) return;
    transpose(gradients.output, gradients.input, pass.batch, block_, area_);
  }

 private:
  // Each block of a sample is a matrix, area x channels or the other way round.
  void transpose(const float* from, float* to, std::int64_t batch, std::int64_t rows, std::int64_t columns) {
    parallel_for(batch * blocks_, area_ * block_, threads_, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t i = first; i < last; ++i) {
        kernels().transpose(from + i * rows * columns, to + i * rows * columns, rows, columns);
      }
    });
  }

  std::int64_t area_, block_, blocks_;
  int threads_;
  ArenaSpan<float> output_;
};

}  // namespace

std::unique_ptr<Layer> make_from_blocked_layout(const Shape& shape, std::int64_t block, std::int64_t capacity, int threads,
                                                StepMemory& memory) {
  return std::make_unique<FromBlockedLayout>(shape, block, capacity, threads, memory);
}

}  // namespace treino::nn
