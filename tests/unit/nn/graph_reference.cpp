// One function for each type; nothing is shared with the engine but the names of parameters and settings.
#include "graph_reference.hpp"

#include <cmath>
#include <stdexcept>

namespace treino::nn::test {
namespace {

using Numbers = std::vector<std::int64_t>;

std::size_t at(std::int64_t index) { return static_cast<std::size_t>(index); }

const Numbers& numbers(const LayerSpec& spec, const char* name) { return spec.settings.at<Numbers>(name); }

}  // namespace

Reference::Reference(Model& model, std::vector<LayerSpec> layers)
    : layers_(std::move(layers)), infos_(model.layers()), input_(model.input_shape()) {
  for (const Parameter& one : model.parameters()) parameters_[one.name] = Values(one.value.begin(), one.value.end());
}

const Shape& Reference::shape_before(std::size_t layer, std::size_t input) const {
  const std::size_t before = infos_[layer].inputs[input];
  return before == model_input ? input_ : infos_[before].output;
}

std::vector<double> Reference::output(const float* input, std::size_t layer) const {
  const Values first(input, input + size_of(input_));
  std::vector<Values> values;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    std::vector<Values> inputs;
    for (const std::size_t before : infos_[i].inputs) inputs.push_back(before == model_input ? first : values[before]);
    values.push_back(value_of(i, inputs));
  }
  return values[layer];
}

double Reference::loss(const std::vector<float>& input, const std::vector<float>& probe, std::int64_t batch) const {
  double sum = 0;
  const std::size_t width = probe.size() / at(batch);
  for (std::int64_t n = 0; n < batch; ++n) {
    const Values y = output(input.data() + n * size_of(input_));
    for (std::size_t i = 0; i < width; ++i) sum += static_cast<double>(probe[at(n) * width + i]) * y[i];
    for (const auto& [layer, other] : further_) {
      const Values z = output(input.data() + n * size_of(input_), layer);
      for (std::size_t i = 0; i < z.size(); ++i) sum += static_cast<double>(other[at(n) * z.size() + i]) * z[i];
    }
  }
  return sum;
}

double Reference::gradient(const std::string& parameter, std::size_t element, const std::vector<float>& input,
                           const std::vector<float>& probe, std::int64_t batch) {
  constexpr double step = 1e-6;
  double& value = parameters_.at(parameter)[element];
  const double before = value;
  value = before + step;
  const double above = loss(input, probe, batch);
  value = before - step;
  const double below = loss(input, probe, batch);
  value = before;
  return (above - below) / (2 * step);
}

Reference::Values Reference::value_of(std::size_t layer, const std::vector<Values>& inputs) const {
  const std::string& type = layers_[layer].type;
  Values y = inputs[0];
  if (type == "dense") return dense(layer, y);
  if (type == "conv2d") return conv2d(layer, y);
  if (type == "max_pool") return max_pool(layer, y);
  if (type == "concat") return concat(layer, inputs);
  if (type == "permute") return permute(layer, y);
  if (type == "flatten" || type == "reshape") return y;
  if (type == "input") {
    const auto first = y.begin() + layers_[layer].settings.at<std::int64_t>("first");
    return {first, first + size_of(infos_[layer].output)};
  }
  for (std::size_t i = 0; i < y.size(); ++i) {
    if (type == "relu")
      y[i] = std::max(y[i], 0.0);
    else if (type == "tanh")
      y[i] = std::tanh(y[i]);
    else if (type == "add")
      for (std::size_t k = 1; k < inputs.size(); ++k) y[i] += inputs[k][i];
    else if (type == "multiply")
      for (std::size_t k = 1; k < inputs.size(); ++k) y[i] *= inputs[k][i];
    else
      throw std::logic_error("the reference knows no " + type);
  }
  return y;
}

Reference::Values Reference::dense(std::size_t layer, const Values& x) const {
  const Values &weight = parameters_.at(infos_[layer].name + "/weight"), &bias = parameters_.at(infos_[layer].name + "/bias");
  Values y = bias;
  for (std::size_t i = 0; i < x.size(); ++i)
    for (std::size_t u = 0; u < y.size(); ++u) y[u] += x[i] * weight[i * y.size() + u];
  return y;
}

/// Of an odd kernel, with same_padding and a stride of 1.
Reference::Values Reference::conv2d(std::size_t layer, const Values& x) const {
  const Values &weight = parameters_.at(infos_[layer].name + "/weight"), &bias = parameters_.at(infos_[layer].name + "/bias");
  const Shape &in = shape_before(layer), &out = infos_[layer].output;
  const std::int64_t kernel = numbers(layers_[layer], "kernel")[0], rim = kernel / 2;
  Values y;
  for (std::int64_t f = 0; f < out[0]; ++f)
    for (std::int64_t row = 0; row < out[1]; ++row)
      for (std::int64_t column = 0; column < out[2]; ++column) {
        double sum = bias[at(f)];
        for (std::int64_t c = 0; c < in[0]; ++c)
          for (std::int64_t i = 0; i < kernel; ++i)
            for (std::int64_t j = 0; j < kernel; ++j) {
              const std::int64_t r = row + i - rim, s = column + j - rim;
              if (r < 0 || r >= in[1] || s < 0 || s >= in[2]) continue;
              sum += x[at((c * in[1] + r) * in[2] + s)] * weight[at(((f * in[0] + c) * kernel + i) * kernel + j)];
            }
        y.push_back(sum);
      }
  return y;
}

/// Of whole windows without padding.
Reference::Values Reference::max_pool(std::size_t layer, const Values& x) const {
  const Shape &in = shape_before(layer), &out = infos_[layer].output;
  const std::int64_t kernel = numbers(layers_[layer], "kernel")[0];
  Values y;
  for (std::int64_t c = 0; c < out[0]; ++c)
    for (std::int64_t row = 0; row < out[1]; ++row)
      for (std::int64_t column = 0; column < out[2]; ++column) {
        double most = -HUGE_VAL;
        for (std::int64_t i = 0; i < kernel; ++i)
          for (std::int64_t j = 0; j < kernel; ++j)
            most = std::max(most, x[at((c * in[1] + row * kernel + i) * in[2] + column * kernel + j)]);
        y.push_back(most);
      }
  return y;
}

Reference::Values Reference::concat(std::size_t layer, const std::vector<Values>& inputs) const {
  const Shape& out = infos_[layer].output;
  const Numbers& given = numbers(layers_[layer], "axis");
  const auto rank = static_cast<std::int64_t>(out.size());
  const std::int64_t axis = given.empty() ? (rank == 3 ? 0 : rank - 1) : (given[0] < 0 ? given[0] + rank : given[0]);
  std::int64_t before = 1;
  for (std::int64_t i = 0; i < axis; ++i) before *= out[at(i)];
  Values y;
  for (std::int64_t row = 0; row < before; ++row)
    for (const Values& input : inputs) {
      const std::int64_t width = static_cast<std::int64_t>(input.size()) / before;
      y.insert(y.end(), input.begin() + row * width, input.begin() + (row + 1) * width);
    }
  return y;
}

/// Of three axes.
Reference::Values Reference::permute(std::size_t layer, const Values& x) const {
  const Shape &in = shape_before(layer), &out = infos_[layer].output;
  const Numbers& dims = numbers(layers_[layer], "dims");
  Values y;
  std::int64_t index[3];
  for (std::int64_t a = 0; a < out[0]; ++a)
    for (std::int64_t b = 0; b < out[1]; ++b)
      for (std::int64_t c = 0; c < out[2]; ++c) {
        index[dims[0]] = a, index[dims[1]] = b, index[dims[2]] = c;
        y.push_back(x[at((index[0] * in[1] + index[1]) * in[2] + index[2])]);
      }
  return y;
}

}  // namespace treino::nn::test
