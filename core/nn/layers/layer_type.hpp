// All that there is to know of a type of layer, in one record at the end of the type's file.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "nn/layers/shape_context.hpp"
#include "nn/spec.hpp"

namespace treino::nn {

class Layer;
struct LayerContext;

struct LayerType {
  std::string_view id;
  /// TOML in the language of the plugins' descriptions: summary, and [type.parameters.<name>] (type, default, required, above, min,
  /// below, max, choices, doc) for each setting.
  std::string_view description;
  /// Checks the settings and the input. Returns the shape of the output. Throws ShapeError.
  Shape (*shape)(const ShapeContext& at);
  /// Additions, multiplications, divisions and comparisons of one sample's forward; an exponential or the like counts as one.
  std::int64_t (*flops)(const LayerSpec& spec, const Shape& input, const Shape& output);
  std::unique_ptr<Layer> (*make)(const LayerContext& context);
  /// Whether it can be given channels in blocks (Layer::channel_block); null: never.
  bool (*accepts_blocked_layout)(const Settings& settings) = nullptr;
  Outputs outputs = Outputs::values;
  /// A relu may be left to the layer before it, or to one after it that takes it over: Layer::absorb_relu.
  bool is_relu = false, takes_relu_before = false;
  /// Whether PyTorch keeps the weight with rows and columns the other way round.
  bool transposed_in_torch = false;
  /// Its parameters are scale and shift of what it normalizes: by default no weight decay is theirs.
  bool is_norm = false;
  /// It multiplies by a convolution, for which bfloat16 is emulated alone.
  bool is_convolution = false;
  /// How many layers it can read. A type that takes several makes a MergeLayer.
  std::size_t least_inputs = 1, most_inputs = 1;
};

/// For types whose output has the input's shape, whatever that is.
inline Shape same_shape(const ShapeContext& at) { return at.input; }
/// For types that always do.
inline bool accepts_any_layout(const Settings&) { return true; }

/// For types that take so many operations for each number of the output.
template <std::int64_t operations>
std::int64_t flops_per_output(const LayerSpec&, const Shape&, const Shape& output) {
  return operations * size_of(output);
}

}  // namespace treino::nn
