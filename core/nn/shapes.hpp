// What fits and what does not: every check of a network happens here, before anything is built.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "nn/spec.hpp"
#include "nn/topology.hpp"

namespace treino::nn {

struct CheckedShapes {
  std::vector<Shape> shapes;       // after each layer; empty where a fault leaves it unknown
  std::vector<ShapeError> faults;  // those of shapes alone, in the order of layers
};

/// `topology`: of the same layers, without faults. Builds nothing.
CheckedShapes check_shapes(const std::vector<LayerSpec>& layers, const Topology& topology, const Shape& input);

/// The shapes after each layer. Throws ShapeError: the first fault of topology_of() and check_shapes().
std::vector<Shape> infer_shapes(const std::vector<LayerSpec>& layers, const Shape& input);

/// The shapes of what a layer reads, in its inputs' order. `shapes`: after the layers before it.
std::vector<Shape> input_shapes(std::span<const std::size_t> inputs, const Shape& input, const std::vector<Shape>& shapes);

}  // namespace treino::nn
