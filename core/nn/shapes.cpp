// Shapes from layer to layer.
#include "nn/shapes.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "nn/layers/layer_types.hpp"

namespace treino::nn {
namespace {

Shape shape_after(const ShapeContext& at) {
  const LayerType* type = find_layer_type(at.spec);
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

std::vector<Shape> input_shapes(std::span<const std::size_t> inputs, const Shape& input, const std::vector<Shape>& shapes) {
  std::vector<Shape> result;
  for (const std::size_t from : inputs) result.push_back(from == model_input ? input : shapes[from]);
  return result;
}

CheckedShapes check_shapes(const std::vector<LayerSpec>& layers, const Topology& topology, const Shape& input) {
  CheckedShapes result;
  try {
    check_input(input);
  } catch (const ShapeError& error) {
    return {std::vector<Shape>(layers.size()), {error}};
  }
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const std::vector<Shape> inputs = input_shapes(topology.inputs[i], input, result.shapes);
    result.shapes.emplace_back();
    // Of what has no shape for a fault before it, nothing can be said.
    if (std::ranges::any_of(inputs, [](const Shape& shape) { return shape.empty(); })) continue;
    try {
      result.shapes.back() = shape_after({i, layers[i], inputs.front(), inputs});
    } catch (const ShapeError& error) {
      result.faults.push_back(error);
    }
  }
  return result;
}

std::vector<Shape> infer_shapes(const std::vector<LayerSpec>& layers, const Shape& input) {
  if (layers.empty()) throw ShapeError(0, "the network has no layers");
  const Topology topology = topology_of(layers);
  for (const auto* faults : {&topology.name_faults, &topology.faults})
    if (!faults->empty()) throw faults->front();
  CheckedShapes checked = check_shapes(layers, topology, input);
  if (!checked.faults.empty()) throw checked.faults.front();
  return std::move(checked.shapes);
}

}  // namespace treino::nn
