// The loss is linear in the outputs, so that all that curves is the network.
#include "gradient_checks.hpp"

#include <cmath>
#include <cstring>

#include "nn/shapes.hpp"
#include "support/catch.hpp"

namespace treino::nn::test {

namespace {

double length(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value * value;
  return std::sqrt(sum);
}

/// Distance of the two gradients of one parameter, relative to their lengths.
double gradient_error(Network& network, Parameter& parameter, const std::vector<float>& gradient, float h) {
  std::vector<double> difference, numeric;
  for (std::size_t i = 0; i < parameter.value.size(); ++i) {
    const float value = parameter.value[i];
    parameter.value[i] = value + h;
    const double above = network.loss();
    parameter.value[i] = value - h;
    const double below = network.loss();
    parameter.value[i] = value;
    numeric.push_back((above - below) / (2.0 * static_cast<double>(h)));
    difference.push_back(numeric.back() - static_cast<double>(gradient[i]));
  }
  return length(difference) / std::max(length(numeric), 1.0);
}

/// Outputs and gradients of a batch and of a smaller one whose gradients are added, one after the other.
std::vector<float> trained(const std::vector<LayerSpec>& layers, const Shape& shape, std::int64_t batch, int threads) {
  Network network(layers, shape, batch, batch, threads);
  std::vector<float> seen;
  const auto keep = [&](std::span<const float> values) { seen.insert(seen.end(), values.begin(), values.end()); };
  for (const bool accumulate : {false, true}) {
    keep(network.model.forward(network.input.data(), batch - (accumulate ? 1 : 0), Mode::train, 3));
    network.model.backward(network.probe.data(), accumulate);
  }
  for (const Parameter& parameter : network.model.parameters()) keep(parameter.gradient);
  keep(network.model.forward(network.input.data(), batch, Mode::infer));
  return seen;
}

}  // namespace

Network::Network(const std::vector<LayerSpec>& layers, const Shape& shape, std::int64_t batch_size, std::int64_t capacity,
                 int threads)
    : model(layers, shape, capacity, 11, threads),
      input(normal_numbers(batch_size * size_of(shape), 3)),
      probe(normal_numbers(batch_size * size_of(model.output_shape()), 4)),
      batch(batch_size) {
  // Away from the zeros and ones of biases and norms, where a wrong factor would not show.
  std::uint64_t seed = 20;
  for (Parameter& one : model.parameters()) {
    if (!one.trainable || one.name.find("weight") != std::string::npos) continue;
    const std::vector<float> numbers = normal_numbers(size_of(one.shape), seed++);
    for (std::size_t i = 0; i < numbers.size(); ++i) one.value[i] += 0.3f * numbers[i];
  }
}

double Network::loss() {
  const auto output = model.forward(input.data(), batch, Mode::train, 5);
  double sum = 0;
  for (std::size_t i = 0; i < output.size(); ++i) sum += static_cast<double>(probe[i]) * static_cast<double>(output[i]);
  return sum;
}

void check_gradients(const std::vector<LayerSpec>& layers, const Shape& shape, std::int64_t batch, std::int64_t capacity,
                     float h) {
  Network network(layers, shape, batch, capacity);
  CAPTURE(to_text(shape), batch);
  check_central_differences(network, h);
}

void check_central_differences(Network& network, float h) {
  network.loss();
  network.model.backward(network.probe.data());
  std::vector<std::vector<float>> gradients;
  for (const Parameter& parameter : network.model.parameters()) gradients.push_back(copy_of(parameter.gradient));
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    Parameter& parameter = network.model.parameters()[i];
    if (!parameter.trainable) continue;
    CAPTURE(parameter.name);
    CHECK(gradient_error(network, parameter, gradients[i], h) < 2e-3);
  }
}

void check_flat(const LayerSpec& spec, std::int64_t size) {
  check_gradients({dense(size), spec}, {5}, 4, 4);
  check_gradients({dense(size), spec, dense(3)}, {5}, 3, 4);
  check_gradients({spec, dense(3)}, {size}, 4, 4);
}

void check_image(const LayerSpec& spec, const Shape& shape) {
  check_gradients({conv2d(shape[0], 1), spec}, shape, 3, 3);
  check_gradients({conv2d(shape[0], 1), spec}, shape, 2, 3);
  check_gradients({conv2d(shape[0], 1), spec, conv2d(2, 1)}, shape, 1, 3);
}

void check_any(const LayerSpec& spec, const Shape& shape, float h) {
  const LayerSpec before = layer("layer_norm");  // has a weight and a bias for each number that it puts out
  check_gradients({before, spec}, shape, 3, 3, h);
  check_gradients({before, spec, layer("flatten"), dense(2)}, shape, 2, 3, h);
  check_gradients({spec, layer("flatten"), dense(2)}, shape, 3, 3, h);
}

void check_threads(const std::vector<LayerSpec>& layers, const Shape& shape, std::int64_t batch) {
  const std::vector<float> one = trained(layers, shape, batch, 1), three = trained(layers, shape, batch, 3);
  CAPTURE(layers.back().type);
  REQUIRE(one.size() == three.size());
  CHECK(std::memcmp(one.data(), three.data(), one.size() * sizeof(float)) == 0);
}

std::string refusal_of(const LayerSpec& spec, const Shape& input) {
  try {
    infer_shapes({spec}, input);
  } catch (const ShapeError& error) {
    return error.what();
  }
  return "nothing";
}

}  // namespace treino::nn::test
