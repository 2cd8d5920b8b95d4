// What fits and what does not: every check of a network happens here, before anything is built.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "nn/spec.hpp"

namespace treino::nn {

/// Where a kernel goes over a channels x height x width input. Bottom and right paddings are what `same_padding` may add to one
/// side only.
struct Window {
  std::int64_t channels = 0, height = 0, width = 0;
  std::int64_t kernel_height = 0, kernel_width = 0;
  std::int64_t stride_height = 0, stride_width = 0;
  std::int64_t top = 0, left = 0, bottom = 0, right = 0;
  std::int64_t output_height = 0, output_width = 0;
};

/// Of a conv2d or pool. `layer` is its number, for the error. Throws ShapeError.
Window window_of(std::size_t layer, const LayerSpec& spec, const Shape& input);

/// The names of all layers, those not given made up: type and a number that no other layer has. Throws ShapeError on a name given
/// twice.
std::vector<std::string> names_of(const std::vector<LayerSpec>& layers);

}  // namespace treino::nn
