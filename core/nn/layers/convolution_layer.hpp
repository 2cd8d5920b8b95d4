// What conv1d and conv2d are: the same convolution, of images of one row in the one case.
#pragma once
#include <memory>

#include "nn/kernels/window.hpp"
#include "nn/layers/layer.hpp"
#include "nn/layers/layer_type.hpp"

namespace treino::nn {

/// `weight`: its shape, of as many numbers as filters x channels of a group x kernel. Takes the settings bias and those of
/// TREINO_INITIALIZER_TOML.
std::unique_ptr<Layer> make_convolution(const LayerContext& context, const Window& window, const Shape& weight);

/// Throws ShapeError unless channels and filters both divide into the setting `groups`. Returns that.
std::int64_t checked_groups(const ShapeContext& at, std::int64_t filters);

/// The setting `filters`. Throws ShapeError unless it is at least 1.
std::int64_t checked_filters(const ShapeContext& at);

/// Of a sample.
std::int64_t convolution_flops(const Window& window, const Shape& output, bool bias);

}  // namespace treino::nn
