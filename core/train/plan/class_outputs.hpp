// How many outputs a model of classes needs: for the run itself, and for `treino check`, which knows the head of the data only.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "train/plan/plan.hpp"

namespace treino::train {

/// The layer that decides how many numbers `layer` puts out: those after it only change values. `shapes`: after each layer.
std::size_t deciding_layer(const std::vector<nn::LayerSpec>& layers, const std::vector<nn::Shape>& shapes, std::size_t layer);

/// Why `outputs` are not the scores of these classes, one each, or the single output for two classes; empty where
/// they can be. `all`: no other classes are to be expected.
std::string class_outputs_fault(std::int64_t outputs, const std::vector<std::string>& classes, bool all);

/// Adds what is wrong with the outputs of `layer` at the layer that decides them, for the classes of `data`.
void check_class_outputs(const Plan& plan, const std::vector<nn::Shape>& shapes, std::size_t layer, const data::Dataset& data,
                         bool all, manifest::Faults& faults);

}  // namespace treino::train
