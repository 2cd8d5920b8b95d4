// The list, and what is found by it.
#include "nn/layers/layer_types.hpp"

#include <algorithm>
#include <stdexcept>

#include "nn/layers/foreign_layer.hpp"

namespace treino::nn {

// A new type is named here, in the order in which types are listed; the record stands at the end of its own file.
#define TREINO_EACH_LAYER_TYPE(use)                                                                                         \
  use(dense) use(relu) use(leaky_relu) use(sigmoid) use(hard_sigmoid) use(tanh) use(gelu) use(silu) use(elu) use(softplus)  \
      use(softmax) use(embedding) use(positional_embedding) use(attention) use(simple_rnn) use(lstm) use(gru) use(dropout)  \
          use(batch_norm) use(layer_norm) use(rms_norm) use(group_norm) use(conv1d) use(conv2d) use(conv2d_transpose)       \
              use(max_pool) use(avg_pool) use(global_max_pool) use(global_avg_pool) use(upsample) use(flatten) use(reshape) \
                  use(permute) use(add) use(multiply) use(concat)

#define TREINO_DECLARE_LAYER(type) extern const LayerType type##_layer;
#define TREINO_LAYER_ADDRESS(type) &type##_layer,

TREINO_EACH_LAYER_TYPE(TREINO_DECLARE_LAYER)
extern const LayerType input_layer;

std::span<const LayerType* const> layer_types() {
  static constexpr const LayerType* types[] = {TREINO_EACH_LAYER_TYPE(TREINO_LAYER_ADDRESS)};
  return types;
}

const LayerType* find_layer_type(std::string_view id) {
  const auto types = layer_types();
  const auto found = std::find_if(types.begin(), types.end(), [&](const LayerType* type) { return type->id == id; });
  if (found != types.end()) return *found;
  return id == input_layer.id ? &input_layer : nullptr;
}

const LayerType* find_layer_type(const LayerSpec& layer) {
  return layer.foreign ? &layer.foreign->type() : find_layer_type(layer.type);
}

const LayerType& layer_type(const LayerSpec& layer) {
  const LayerType* type = find_layer_type(layer);
  if (type == nullptr) throw std::logic_error("there is no layer type \"" + layer.type + "\"");
  return *type;
}

LayerSpec input_spec(const std::string& name, std::int64_t first, const Shape& shape) {
  LayerSpec spec{std::string(input_layer.id), name};
  spec.settings.set("first", first);
  spec.settings.set("shape", shape);
  return spec;
}

bool is_input(const LayerSpec& layer) { return layer.type == input_layer.id; }

std::string layer_descriptions() {
  std::string all;
  for (const LayerType* type : layer_types())
    all.append("[[type]]\nid = \"").append(type->id).append("\"\n").append(type->description).append("\n");
  return all;
}

}  // namespace treino::nn
