// Layers that normalize rows of a sample, its last axes, by what each row holds.
#pragma once
#include <memory>

#include "nn/layers/layer.hpp"
#include "nn/layers/layer_type.hpp"

namespace treino::nn {

/// The axes that its setting `axis` means. Throws ShapeError where there is no such axis.
struct NormalizedAxes {
  explicit NormalizedAxes(const ShapeContext& at);
  std::int64_t rows;  // of a sample
  Shape row;
};

/// With the mean taken out and a bias added: layer_norm; else only scaled: rms_norm.
std::unique_ptr<Layer> make_row_norm(const LayerContext& context, bool centered);

/// Checks epsilon and axis.
Shape row_norm_shape(const ShapeContext& at);

}  // namespace treino::nn
