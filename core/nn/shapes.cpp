#include "nn/shapes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <set>

#include "nn/initializers.hpp"

namespace treino::nn {
namespace {

/// One layer on its way through the checks.
struct Case {
  std::size_t layer;
  const LayerSpec& spec;
  const Shape& input;

  [[noreturn]] void fail(const std::string& text) const { throw ShapeError(layer, spec.type + ": " + text); }
};

/// Numbers of elements stay below 2^31, so that no product of sizes can overflow and kernels may count in 32 bits.
void check_size(const Case& at, const Shape& shape, const char* what) {
  std::int64_t size = 1;
  for (const std::int64_t n : shape) {
    if (__builtin_mul_overflow(size, n, &size) || size > std::numeric_limits<std::int32_t>::max()) {
      at.fail(fmt::format("{} of {} is too large", what, to_text(shape)));
    }
  }
}

void check_initializer(const Case& at) {
  if (at.spec.initializer.empty() || is_initializer(at.spec.initializer)) return;
  at.fail(fmt::format("unknown initializer \"{}\"; there are {}", at.spec.initializer, fmt::join(initializer_names(), ", ")));
}

void check_epsilon(const Case& at) {
  if (!(at.spec.epsilon > 0)) at.fail(fmt::format("epsilon must be above 0, not {}", at.spec.epsilon));
}

Shape same(const Case& at) { return at.input; }

Shape dense(const Case& at) {
  if (at.spec.units < 1) at.fail(fmt::format("units must be at least 1, not {}", at.spec.units));
  if (at.input.size() != 1) at.fail(fmt::format("the input is {}, not flat; add a flatten layer before it", to_text(at.input)));
  check_initializer(at);
  check_size(at, {at.input[0], at.spec.units}, "a weight");
  return {at.spec.units};
}

Shape leaky_relu(const Case& at) {
  if (!(at.spec.slope >= 0)) at.fail(fmt::format("slope must be at least 0, not {}", at.spec.slope));
  return at.input;
}

Shape softmax(const Case& at) {
  if (at.input.size() != 1) at.fail(fmt::format("the input is {}, not flat; add a flatten layer before it", to_text(at.input)));
  return {at.input[0]};
}

Shape dropout(const Case& at) {
  if (!(at.spec.rate >= 0 && at.spec.rate < 1)) at.fail(fmt::format("rate must be in [0, 1), not {}", at.spec.rate));
  return at.input;
}

Shape batch_norm(const Case& at) {
  if (at.input.size() != 1 && at.input.size() != 3) {
    at.fail(fmt::format("expects a flat input or channels x height x width, the input is {}", to_text(at.input)));
  }
  if (!(at.spec.momentum >= 0 && at.spec.momentum <= 1))
    at.fail(fmt::format("momentum must be in [0, 1], not {}", at.spec.momentum));
  check_epsilon(at);
  return at.input;
}

Shape layer_norm(const Case& at) {
  check_epsilon(at);
  return at.input;
}

Shape conv2d(const Case& at) {
  if (at.spec.filters < 1) at.fail(fmt::format("filters must be at least 1, not {}", at.spec.filters));
  check_initializer(at);
  const Window window = window_of(at.layer, at.spec, at.input);
  check_size(at, {at.spec.filters, window.channels, window.kernel_height, window.kernel_width}, "a weight");
  return {at.spec.filters, window.output_height, window.output_width};
}

Shape pool(const Case& at) {
  const Window window = window_of(at.layer, at.spec, at.input);
  return {window.channels, window.output_height, window.output_width};
}

Shape global_avg_pool(const Case& at) {
  if (at.input.size() != 3) at.fail(fmt::format("expects channels x height x width, the input is {}", to_text(at.input)));
  return {at.input[0]};
}

Shape flatten(const Case& at) { return {size_of(at.input)}; }

using Rule = Shape (*)(const Case&);
constexpr std::array<std::pair<std::string_view, Rule>, 15> rules{{{"dense", dense},
                                                                   {"relu", same},
                                                                   {"leaky_relu", leaky_relu},
                                                                   {"sigmoid", same},
                                                                   {"tanh", same},
                                                                   {"gelu", same},
                                                                   {"softmax", softmax},
                                                                   {"dropout", dropout},
                                                                   {"batch_norm", batch_norm},
                                                                   {"layer_norm", layer_norm},
                                                                   {"conv2d", conv2d},
                                                                   {"max_pool", pool},
                                                                   {"avg_pool", pool},
                                                                   {"global_avg_pool", global_avg_pool},
                                                                   {"flatten", flatten}}};

Shape shape_after(const Case& at) {
  for (const auto& [type, rule] : rules) {
    if (type != at.spec.type) continue;
    Shape output = rule(at);
    check_size(at, output, "an output");
    return output;
  }
  std::vector<std::string_view> types;
  for (const auto& rule : rules) types.push_back(rule.first);
  throw ShapeError(at.layer, fmt::format("unknown layer type \"{}\"; there are {}", at.spec.type, fmt::join(types, ", ")));
}

void check_input(const Shape& input) {
  const auto positive = [](std::int64_t n) { return n > 0; };
  if (input.empty() || !std::all_of(input.begin(), input.end(), positive)) {
    throw ShapeError(0, fmt::format("the input's sizes must be at least 1, not \"{}\"", to_text(input)));
  }
  LayerSpec stand_in;
  stand_in.type = "input";
  check_size({0, stand_in, input}, input, "a shape");
}

}  // namespace

std::vector<std::string> names_of(const std::vector<LayerSpec>& layers) {
  std::map<std::string, std::size_t> given;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    if (layers[i].name.empty()) continue;
    const auto [first, fresh] = given.emplace(layers[i].name, i);
    if (!fresh) {
      throw ShapeError(
          i, fmt::format("{}: the name \"{}\" is layer {}'s already", layers[i].type, layers[i].name, first->second + 1));
    }
  }
  std::map<std::string, int> numbers;
  std::vector<std::string> names;
  for (const LayerSpec& layer : layers) {
    std::string name = layer.name;
    while (name.empty() || (layer.name.empty() && given.contains(name)))
      name = fmt::format("{}_{}", layer.type, ++numbers[layer.type]);
    names.push_back(std::move(name));
  }
  return names;
}

std::vector<Shape> infer_shapes(const std::vector<LayerSpec>& layers, const Shape& input) {
  if (layers.empty()) throw ShapeError(0, "the network has no layers");
  check_input(input);
  names_of(layers);
  std::vector<Shape> shapes;
  for (std::size_t i = 0; i < layers.size(); ++i) shapes.push_back(shape_after({i, layers[i], i == 0 ? input : shapes[i - 1]}));
  return shapes;
}

}  // namespace treino::nn
