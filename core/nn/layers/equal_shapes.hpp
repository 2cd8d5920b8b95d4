// What layers have in common that work on the elements of several inputs which lie at the same place.
#pragma once
#include <cstddef>
#include <cstdint>
#include <limits>

#include "nn/layers/shape_context.hpp"

namespace treino::nn {

constexpr std::size_t any_number = std::numeric_limits<std::size_t>::max();

/// The shape that all inputs have. Throws ShapeError where they differ.
Shape equal_shapes(const ShapeContext& at);

/// An operation for each element of the output and each input but the first.
std::int64_t flops_per_further_input(const LayerSpec& spec, const Shape& input, const Shape& output);

}  // namespace treino::nn
