// Multi-head self-attention over a sequence: each step becomes a mean of all steps, weighted by how well its query fits their keys.
// Parameters are those of PyTorch's MultiheadAttention: queries, keys and values of all heads are made by one product. Vaswani et al.,
// Attention Is All You Need, NIPS 2017.
#include <fmt/format.h>

#include <algorithm>

#include "nn/kernels/kernels.hpp"
#include "nn/layers/attention_heads.hpp"
#include "nn/layers/layer.hpp"
#include "nn/layers/layer_type.hpp"
#include "nn/layers/parameter_texts.hpp"
#include "nn/layers/sequence_mask.hpp"

namespace treino::nn {
namespace {

class Attention final : public MergeLayer {
 public:
  explicit Attention(const LayerContext& context)
      : length_(context.input[0]),
        width_(context.input[1]),
        products_(context.products),
        mask_(context),
        heads_(context),
        in_weight_(context.parameters.add(context.name + "/in_proj_weight", {3 * width_, width_}, context.initializer(),
                                          {width_, 3 * width_})) {
    const bool bias = context.setting<bool>("bias");
    if (bias) in_bias_ = context.parameters.add(context.name + "/in_proj_bias", {3 * width_}, {"zeros"});
    out_weight_ =
        context.parameters.add(context.name + "/out_proj_weight", {width_, width_}, context.initializer(), {width_, width_});
    if (bias) out_bias_ = context.parameters.add(context.name + "/out_proj_bias", {width_}, {"zeros"});
    const std::int64_t rows = context.capacity * length_;
    products_.expect(rows, 3 * width_, width_, true);
    products_.expect(rows, width_, width_, true);
    context.memory.request(projected_, rows * 3 * width_, Use::kept);
    context.memory.request(mixed_, rows * width_, Use::kept);
    context.memory.request(mixed_gradient_, rows * width_, Use::backward);
    context.request(output_);
  }
  Traits traits() const override { return {.reads_input = true}; }

  const float* merge(std::span<const float* const> inputs, const Pass& pass) override {
    input_ = inputs.front();
    mask_.read(inputs, pass.batch);
    const std::int64_t rows = pass.batch * length_;
    project(input_, rows, 3 * width_, in_weight_, in_bias_, projected_.data());
    heads_.forward(projected_.data(), mask_, pass, mixed_.data());
    project(mixed_.data(), rows, width_, out_weight_, out_bias_, output_.data());
    return output_.data();
  }

  void split(float* output_gradient, std::span<const InputGradient> inputs, const BackwardPass& pass) override {
    const std::int64_t rows = pass.batch * length_;
    if (pass.learns) weight_gradients(output_gradient, mixed_.data(), rows, width_, out_weight_, out_bias_, pass);
    input_gradient(output_gradient, rows, width_, out_weight_, mixed_gradient_.data(), false);
    heads_.backward(mixed_gradient_.data(), pass.batch, projected_.data());
    if (pass.learns) weight_gradients(projected_.data(), input_, rows, 3 * width_, in_weight_, in_bias_, pass);
    if (inputs.front().wanted)
      input_gradient(projected_.data(), rows, 3 * width_, in_weight_, inputs.front().values, inputs.front().add);
    SequenceMask::clear_gradient(inputs, pass.batch * mask_.size());
  }

 private:
  /// to (rows x outputs) = from (rows x width) times the transposed weight, plus bias.
  void project(const float* from, std::int64_t rows, std::int64_t outputs, const Parameters::Pointers& weight,
               const Parameters::Pointers& bias, float* to) {
    products_.multiply({.rows = rows,
                        .columns = outputs,
                        .inner = width_,
                        .a = from,
                        .a_row = width_,
                        .a_inner = 1,
                        .b = weight.value,
                        .b_inner = 1,
                        .b_column = width_,
                        .c = to,
                        .add = false,
                        .bias = bias.value});
  }

  void input_gradient(const float* gradient, std::int64_t rows, std::int64_t outputs, const Parameters::Pointers& weight,
                      float* to, bool add) {
    products_.multiply({.rows = rows,
                        .columns = width_,
                        .inner = outputs,
                        .a = gradient,
                        .a_row = outputs,
                        .a_inner = 1,
                        .b = weight.value,
                        .b_inner = width_,
                        .b_column = 1,
                        .c = to,
                        .add = add});
  }

  void weight_gradients(float* gradient, const float* from, std::int64_t rows, std::int64_t outputs,
                        const Parameters::Pointers& weight, const Parameters::Pointers& bias, const BackwardPass& pass) {
    products_.multiply({.rows = outputs,
                        .columns = width_,
                        .inner = rows,
                        .a = gradient,
                        .a_row = 1,
                        .a_inner = outputs,
                        .b = from,
                        .b_inner = width_,
                        .b_column = 1,
                        .c = weight.gradient,
                        .add = pass.accumulate});
    kernels().bias_gradient(gradient, nullptr, bias.gradient, rows, outputs, outputs, pass.accumulate);
  }

  std::int64_t length_, width_;
  Products& products_;
  SequenceMask mask_;
  AttentionHeads heads_;
  Parameters::Pointers in_weight_, in_bias_{}, out_weight_{}, out_bias_{};
  ArenaSpan<float> projected_, mixed_, mixed_gradient_, output_;
  const float* input_ = nullptr;
};

Shape attention_shape(const ShapeContext& at) {
  const auto heads = at.spec.settings.at<std::int64_t>("num_heads");
  if (heads < 1) at.fail(fmt::format("num_heads must be at least 1, not {}", heads));
  static_cast<void>(at.spec.settings.at<bool>("causal"));
  const double dropout = at.spec.settings.at<double>("dropout");
  if (!(dropout >= 0 && dropout < 1)) at.fail(fmt::format("dropout must be in [0, 1), not {}", dropout));
  if (at.input.size() != 2) at.fail(fmt::format("expects length x features, the input is {}", to_text(at.input)));
  if (at.input[1] % heads != 0)
    at.fail(fmt::format("{} features (the input is {}) do not divide into {} heads", at.input[1], to_text(at.input), heads));
  check_mask(at);
  at.check_weights();
  at.check_size({3 * at.input[1], at.input[1]}, "a weight");
  at.check_size({heads, at.input[0], at.input[0]}, "a sample's table of weights");
  return at.input;
}

/// Four projections, queries times keys, weights times values; and what the softmax takes for each weight.
std::int64_t attention_flops(const LayerSpec& spec, const Shape& input, const Shape&) {
  const std::int64_t length = input[0], width = input[1], bias = spec.settings.at<bool>("bias") ? 1 : 0;
  const std::int64_t weights = spec.settings.at<std::int64_t>("num_heads") * length * length;
  return length * 4 * width * (2 * width + bias) + 4 * length * length * width + 5 * weights;
}

}  // namespace

extern const LayerType attention_layer{
    .id = "attention",
    .description = R"toml(summary = "multi-head self-attention over a sequence, length x features"
[type.parameters.num_heads]
type = "int"
required = true
min = 1
doc = "into how many the features are divided, each with weights between steps of its own"
[type.parameters.causal]
type = "bool"
default = false
doc = "each step sees itself and those before it alone"
[type.parameters.dropout]
type = "float"
default = 0.0
min = 0.0
below = 1.0
doc = "while training, share of the weights between steps that are set to zero"
)toml" TREINO_BIAS_TOML TREINO_INITIALIZER_TOML TREINO_REGULARIZATION_TOML TREINO_MASK_TOML,
    .shape = attention_shape,
    .flops = attention_flops,
    .make = [](const LayerContext& context) -> std::unique_ptr<Layer> { return std::make_unique<Attention>(context); },
    .most_inputs = 2,
};

}  // namespace treino::nn
