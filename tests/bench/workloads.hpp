// The four networks that are measured, and their training steps through the engine and an optimizer alone.
#pragma once
#include <cmath>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "base/random.hpp"
#include "nn/kernels/kernels.hpp"
#include "nn/model.hpp"
#include "nn_helpers.hpp"
#include "plugins/optimizers/loaded_optimizer.hpp"

namespace bench {

using treino::nn::LayerSpec;

struct Workload {
  char name;
  std::vector<LayerSpec> layers;
  treino::nn::Shape input;
  std::int64_t batch;
  std::string optimizer, parameters;  // a plugin, and TOML
};

using treino::nn::test::conv2d;
using treino::nn::test::dense;
using treino::nn::test::layer;
using treino::nn::test::max_pool;

inline Workload workload(char name) {
  const LayerSpec relu = layer("relu"), ten = dense(10);
  if (name == 'a') return {name, {dense(32), relu, ten}, {64}, 32, "sgd", "momentum = 0.9"};
  if (name == 'b') return {name, {dense(512), relu, dense(256), relu, ten}, {784}, 128, "adam", ""};
  if (name == 'c') return {name, {dense(4096), relu, dense(4096), relu, ten}, {1024}, 512, "adam", ""};
  return {name,        {conv2d(32, 3), relu, conv2d(64, 3), relu, max_pool(2), layer("flatten"), dense(128), relu, ten},
          {1, 28, 28}, 64,
          "adam",      ""};
}

/// Model, optimizer, and the softmax cross-entropy that a plugin computes in a run.
class Training {
 public:
  Training(const Workload& workload, int threads, double rate = 1e-6)
      : rate_(rate),
        batch_(workload.batch),
        model_(workload.layers, workload.input, workload.batch, 1, threads),
        optimizer_(workload.optimizer, workload.parameters, model_.parameters()) {
    const treino::base::RandomStream random(1, treino::base::Purpose::noise);
    input_size_ = batch_ * treino::nn::size_of(workload.input);
    input_.resize(static_cast<std::size_t>(4 * input_size_));
    for (std::size_t i = 0; i < input_.size(); ++i) input_[i] = random.uniform(i);
  }

  /// Sample i is of class i modulo the number of outputs. Returns the mean loss.
  double step() {
    const auto output = model_.forward(input_.data() + static_cast<std::int64_t>(count_ % 4) * input_size_, batch_,
                                       treino::nn::Mode::train, count_);
    const double loss = cross_entropy(output.data());
    model_.backward(model_.output_gradient().data());
    optimizer_->step(rate_);
    ++count_;
    return loss;
  }

  treino::nn::Model& model() { return model_; }
  const std::vector<float>& inputs() const { return input_; }  // of four batches, which take turns

 private:
  double cross_entropy(const float* logits) {
    const std::int64_t classes = treino::nn::size_of(model_.output_shape());
    const float share = 1 / static_cast<float>(batch_);
    const std::span<float> gradients = model_.output_gradient();
    treino::nn::kernels().softmax(logits, gradients.data(), batch_, classes);
    float product = 1;  // of a few probabilities, so that a logarithm serves several samples
    double loss = 0;
    for (std::int64_t n = 0; n < batch_; ++n) {
      float* gradient = gradients.data() + n * classes;
      product *= gradient[n % classes];
      if (n % 4 == 3 || n + 1 == batch_) loss -= static_cast<double>(std::log(std::exchange(product, 1.0f)));
      gradient[n % classes] -= 1;
    }
    for (float& gradient : gradients) gradient *= share;
    return loss / static_cast<double>(batch_);
  }

  double rate_;
  std::int64_t batch_, input_size_ = 0;
  treino::nn::Model model_;
  treino::test::LoadedOptimizer optimizer_;
  std::vector<float> input_;
  std::uint64_t count_ = 0;
};

}  // namespace bench
