// Which layer reads which: names of inputs become numbers of layers.
#pragma once
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "nn/spec.hpp"

namespace treino::nn {

/// In place of a layer's number: the model's input. In manifests, `model_input_name`, which no layer can have.
constexpr std::size_t model_input = std::numeric_limits<std::size_t>::max();
constexpr const char* model_input_name = "input";

struct Topology {
  std::vector<std::vector<std::size_t>> inputs;  // of each layer: numbers of layers before it, or model_input
  std::vector<ShapeError> name_faults;           // names given twice, and that of the model's input
  std::vector<ShapeError> faults;  // of inputs, in the order of layers; those that name nothing are left out of `inputs`
};

/// Finds what is wrong with names and inputs: unknown names, layers that come later, numbers of inputs that a type does not take, and
/// outputs that no layer reads. A type that there is not takes any number.
Topology topology_of(const std::vector<LayerSpec>& layers);

/// The names of all layers, those not given made up: type and a number that no other layer has.
std::vector<std::string> names_of(const std::vector<LayerSpec>& layers);

/// Whether a layer reads anything but the one before it.
bool branches(std::size_t layer, std::span<const std::size_t> inputs);

}  // namespace treino::nn
