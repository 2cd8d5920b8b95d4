// Short ways to write specs down, and what most tests of networks need.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/random.hpp"
#include "nn/model.hpp"
#include "nn/spec.hpp"

namespace treino::nn::test {

/// With the defaults that the type's description gives. Where there is no such type, without any.
LayerSpec layer(const std::string& type, const std::string& name = "");

template <class Spec>
Spec with(Spec spec, const std::string& name, Settings::Value value) {
  spec.settings.set(name, std::move(value));
  return spec;
}

inline bool all_zero(std::span<const float> values) {
  return std::all_of(values.begin(), values.end(), [](float value) { return value == 0; });
}

using Sizes = std::vector<std::int64_t>;  // a kernel's and the like

LayerSpec dense(std::int64_t units, const std::string& initializer = "glorot_uniform");
LayerSpec windowed(const std::string& type, Sizes kernel, Sizes stride = {}, Sizes padding = {}, bool same = false);
LayerSpec conv2d(std::int64_t filters, Sizes kernel, Sizes stride = {}, Sizes padding = {}, bool same = false);
inline LayerSpec conv2d(std::int64_t filters, std::int64_t kernel) { return conv2d(filters, Sizes{kernel}); }
inline LayerSpec max_pool(std::int64_t kernel) { return windowed("max_pool", {kernel}); }

/// `count` numbers of a standard normal distribution.
inline std::vector<float> normal_numbers(std::int64_t count, std::uint64_t seed) {
  const base::RandomStream random(seed, base::Purpose::noise);
  std::vector<float> numbers(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = random.normal(i);
  return numbers;
}

inline Parameter& parameter(Model& model, const std::string& name) {
  for (Parameter& candidate : model.parameters()) {
    if (candidate.name == name) return candidate;
  }
  throw std::out_of_range("no parameter " + name);
}

inline void set(Model& model, const std::string& name, const std::vector<float>& values) {
  Parameter& target = parameter(model, name);
  if (target.value.size() != values.size()) throw std::out_of_range(name + " has another size");
  std::copy(values.begin(), values.end(), target.value.begin());
}

/// velocity = momentum * velocity + gradient, weight -= rate * velocity: as much of an optimizer as tests of models need.
class Descent {
 public:
  explicit Descent(std::span<Parameter> parameters, float momentum = 0) : parameters_(parameters), momentum_(momentum) {
    for (const Parameter& one : parameters) velocities_.emplace_back(one.gradient.size());
  }
  void step(float rate) {
    for (std::size_t p = 0; p < parameters_.size(); ++p) {
      if (!parameters_[p].trainable) continue;
      for (std::size_t i = 0; i < velocities_[p].size(); ++i) {
        velocities_[p][i] = momentum_ * velocities_[p][i] + parameters_[p].gradient[i];
        parameters_[p].value[i] -= rate * velocities_[p][i];
      }
    }
  }

 private:
  std::span<Parameter> parameters_;
  float momentum_;
  std::vector<std::vector<float>> velocities_;
};

inline std::vector<float> copy_of(std::span<const float> values) { return {values.begin(), values.end()}; }

/// d(mean cross-entropy of softmax(logits))/d(logits), sample i being of class i modulo `classes`. Returns the mean
/// cross-entropy.
inline double cross_entropy_gradient(std::span<const float> logits, std::int64_t classes, std::vector<float>& gradient) {
  const std::size_t width = static_cast<std::size_t>(classes), batch = logits.size() / width;
  double loss = 0;
  for (std::size_t n = 0; n < batch; ++n) {
    const float* x = logits.data() + n * width;
    float* g = gradient.data() + n * width;
    float largest = x[0], sum = 0;
    for (std::size_t i = 1; i < width; ++i) largest = std::max(largest, x[i]);
    for (std::size_t i = 0; i < width; ++i) sum += g[i] = std::exp(x[i] - largest);
    loss += std::log(static_cast<double>(sum)) - static_cast<double>(x[n % width] - largest);
    for (std::size_t i = 0; i < width; ++i) g[i] = (g[i] / sum - (i == n % width ? 1.0f : 0.0f)) / static_cast<float>(batch);
  }
  return loss / static_cast<double>(batch);
}

}  // namespace treino::nn::test
