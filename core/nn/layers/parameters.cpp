#include "nn/layers/layer.hpp"

#include <array>
#include <stdexcept>

namespace treino::nn {
namespace {

class Flatten final : public Layer {
 public:
  Traits traits() const override { return {.passes_input = true, .gradient_in_place = true}; }
  const float* forward(const float* input, const Pass&) override { return input; }
  void backward(const Gradients&, const BackwardPass&) override {}
};

using Maker = std::unique_ptr<Layer> (*)(const LayerContext&);
constexpr std::array<std::pair<std::string_view, Maker>, 15> makers{{{"dense", make_dense},
                                                                     {"relu", make_activation},
                                                                     {"leaky_relu", make_activation},
                                                                     {"sigmoid", make_activation},
                                                                     {"tanh", make_activation},
                                                                     {"gelu", make_activation},
                                                                     {"softmax", make_softmax},
                                                                     {"dropout", make_dropout},
                                                                     {"batch_norm", make_batch_norm},
                                                                     {"layer_norm", make_layer_norm},
                                                                     {"conv2d", make_conv2d},
                                                                     {"max_pool", make_max_pool},
                                                                     {"avg_pool", make_avg_pool},
                                                                     {"global_avg_pool", make_global_avg_pool},
                                                                     {"flatten", make_flatten}}};

}  // namespace

std::unique_ptr<Layer> make_flatten(const LayerContext&) { return std::make_unique<Flatten>(); }

std::unique_ptr<Layer> make_layer(const LayerContext& context) {
  for (const auto& [type, maker] : makers) {
    if (type == context.spec.type) return maker(context);
  }
  throw std::logic_error("no maker for layer type \"" + context.spec.type + "\"");  // infer_shapes refused it before
}

Parameters::Pointers Parameters::add(const std::string& name, const Shape& shape, std::string_view initializer, Fans fans,
                                     bool trainable) {
  Buffer& value = buffers_.emplace_back(size_of(shape));
  if (values_ == InitialValues::drawn) initialize(initializer, seed_, list_.size(), fans, value.span());
  Parameter parameter{name, shape, value.span(), {}, trainable, threads_};
  if (trainable) parameter.gradient = buffers_.emplace_back(size_of(shape)).span();
  list_.push_back(parameter);
  return {parameter.value.data(), trainable ? parameter.gradient.data() : nullptr};
}

}  // namespace treino::nn
