// Shapes and names from layer to layer.
#include "nn/shapes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "nn/layers/layer_types.hpp"

namespace treino::nn {
namespace {

Shape shape_after(const ShapeContext& at) {
  const LayerType* type = find_layer_type(at.spec.type);
  if (type == nullptr) {
    std::vector<std::string_view> ids;
    for (const LayerType* known : layer_types()) ids.push_back(known->id);
    throw ShapeError(at.layer, fmt::format("unknown layer type \"{}\"; there are {}", at.spec.type, fmt::join(ids, ", ")));
  }
  Shape output = type->shape(at);
  at.check_size(output, "an output");
  return output;
}

void check_input(const Shape& input) {
  const auto positive = [](std::int64_t n) { return n > 0; };
  if (input.empty() || !std::all_of(input.begin(), input.end(), positive)) {
    throw ShapeError(0, fmt::format("the input's sizes must be at least 1, not \"{}\"", to_text(input)));
  }
  const LayerSpec stand_in{"input", ""};
  ShapeContext{0, stand_in, input}.check_size(input, "a shape");
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
