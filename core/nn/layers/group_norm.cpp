// Batch_norm's weight and bias for each channel, but each sample is normalized by itself, in groups of channels. As many groups as
// channels make it instance normalization. Wu & He, Group Normalization, ECCV 2018.
#include <fmt/format.h>

#include <algorithm>

#include "nn/kernels/parallel_for.hpp"
#include "nn/layers/layer.hpp"
#include "nn/layers/layer_type.hpp"
#include "nn/layers/normalize.hpp"
#include "nn/layers/parameter_texts.hpp"

namespace treino::nn {
namespace {

class GroupNorm final : public Layer {
 public:
  explicit GroupNorm(const LayerContext& context)
      : groups_(context.setting<std::int64_t>("groups")),
        channels_(context.input[0]),
        area_(size_of(context.input) / channels_),
        size_(channels_ / groups_ * area_),
        threads_(context.threads),
        epsilon_(context.setting<double>("epsilon")),
        weight_(context.parameters.add(context.name + "/weight", {channels_}, {"ones"})),
        bias_(context.parameters.add(context.name + "/bias", {channels_}, {"zeros"})),
        factors_(context.capacity * groups_) {
    context.request(normalized_, Use::kept);
    context.request(output_);
  }
  Traits traits() const override { return {.gradient_in_place = true}; }

  const float* forward(const float* input, const Pass& pass) override {
    each_group(pass.batch, [&](std::int64_t group) {
      float* normalized = normalized_.data() + group * size_;
      factors_[group] = normalize(input + group * size_, size_, epsilon_, true, normalized);
      float* y = output_.data() + group * size_;
      each_channel(group, [&](std::int64_t c, std::int64_t first) {
        for (std::int64_t i = first; i < first + area_; ++i) y[i] = normalized[i] * weight_.value[c] + bias_.value[c];
      });
    });
    return output_.data();
  }

  void backward(const Gradients& gradients, const BackwardPass& pass) override {
    if (pass.learns) add_up(gradients.output, pass);
    if (!pass.wants_input_gradient) return;
    each_group(pass.batch, [&](std::int64_t group) {
      float* gradient = gradients.output + group * size_;
      each_channel(group, [&](std::int64_t c, std::int64_t first) {
        for (std::int64_t i = first; i < first + area_; ++i) gradient[i] *= weight_.value[c];
      });
      normalize_gradient(normalized_.data() + group * size_, size_, factors_[group], true, gradient);
    });
  }

 private:
  /// visit(channel, number of its first element in the group); groups are counted over all samples.
  template <class Visit>
  void each_channel(std::int64_t group, Visit visit) const {
    const std::int64_t count = channels_ / groups_;
    for (std::int64_t i = 0; i < count; ++i) visit(group % groups_ * count + i, i * area_);
  }

  /// The gradients of weight and bias: each channel by one thread, sample after sample.
  void add_up(const float* output_gradient, const BackwardPass& pass) {
    parallel_for(channels_, 2 * pass.batch * area_, threads_, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t c = first; c < last; ++c) {
        double weight = 0, bias = 0;
        for (std::int64_t n = 0; n < pass.batch; ++n) {
          const float *gradient = output_gradient + (n * channels_ + c) * area_,
                      *normalized = normalized_.data() + (n * channels_ + c) * area_;
          weight += sum_of(area_, [&](std::int64_t i) { return gradient[i] * normalized[i]; });
          bias += sum_of(area_, [&](std::int64_t i) { return gradient[i]; });
        }
        weight_.gradient[c] = (pass.accumulate ? weight_.gradient[c] : 0) + static_cast<float>(weight);
        bias_.gradient[c] = (pass.accumulate ? bias_.gradient[c] : 0) + static_cast<float>(bias);
      }
    });
  }

  template <class Visit>
  void each_group(std::int64_t batch, Visit visit) const {
    parallel_for(batch * groups_, 8 * size_, threads_, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t group = first; group < last; ++group) visit(group);
    });
  }

  std::int64_t groups_, channels_, area_, size_;  // area: places of a channel; size: elements of a group
  int threads_;
  double epsilon_;
  Parameters::Pointers weight_, bias_;
  Buffer factors_;
  ArenaSpan<float> normalized_, output_;
};

Shape group_norm_shape(const ShapeContext& at) {
  const auto groups = at.spec.settings.at<std::int64_t>("groups");
  if (groups < 1) at.fail(fmt::format("groups must be at least 1, not {}", groups));
  at.check_epsilon();
  if (at.input[0] % groups != 0)
    at.fail(fmt::format("{} channels (the input is {}) do not divide into {} groups", at.input[0], to_text(at.input), groups));
  if (size_of(at.input) == groups)
    at.fail(fmt::format("each of {} groups of an input of {} is a single number", groups, to_text(at.input)));
  return at.input;
}

}  // namespace

extern const LayerType group_norm_layer{
    .id = "group_norm",
    .description = R"toml(summary = "normalizes each sample over groups of its channels, then scales and shifts each channel"
[type.parameters.groups]
type = "int"
required = true
min = 1
doc = "into how many the channels, the first axis, are divided: 1 takes all together, as many as channels each by itself"
)toml" TREINO_VARIANCE_EPSILON_TOML,
    .shape = group_norm_shape,
    .flops = flops_per_output<8>,
    .make = [](const LayerContext& context) -> std::unique_ptr<Layer> { return std::make_unique<GroupNorm>(context); },
    .is_norm = true,
};

}  // namespace treino::nn
