// The table of all optimizers: nobody else lists them, or compares a type's name.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "nn/optimizers/optimizer_type.hpp"

namespace treino::nn {

/// In the order in which errors and the documentation name them.
std::span<const OptimizerType* const> optimizer_types();

/// Throws std::invalid_argument where there is none.
const OptimizerType& optimizer_type(std::string_view id);

/// The descriptions of all optimizers as TOML, like layer_descriptions().
std::string optimizer_descriptions();

/// NaN where the optimizer has none, or the spec has no type.
double momentum_of(const OptimizerSpec& spec);
/// Whether a step may be given a momentum: see Optimizer::step.
bool takes_momentum(const OptimizerSpec& spec);
/// 0 where the optimizer has none.
double weight_decay_of(const OptimizerSpec& spec);

}  // namespace treino::nn
