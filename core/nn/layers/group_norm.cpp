// Batch_norm's weight and bias for each channel, but each sample is normalized by itself, in groups of channels. As many groups as
// channels make it instance normalization. Wu & He, Group Normalization, ECCV 2018.
#include <fmt/format.h>

#include <array>
#include <vector>

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
        normals_(static_cast<std::size_t>(context.capacity * groups_)),
        sums_(static_cast<std::size_t>(context.capacity * channels_)) {
    context.request(output_);
  }
  Traits traits() const override { return {.reads_input = true, .gradient_in_place = true}; }

  const float* forward(const float* input, const Pass& pass) override {
    input_ = input;
    each_group(pass.batch, [&](std::int64_t group) {
      const RowNormal normal = normal_at(group) = normal_of(input + group * size_, size_, epsilon_, true);
      each_channel(group, [&](std::int64_t c, std::int64_t first) {
        kernels().scale_channel(input + first, area_, normal, weight_.value[c], bias_.value[c], output_.data() + first);
      });
    });
    return output_.data();
  }

  void backward(const Gradients& gradients, const BackwardPass& pass) override {
    each_group(pass.batch, [&](std::int64_t group) { sum_channels(group, gradients.output); });
    if (pass.learns) add_up(pass);
    if (!pass.wants_input_gradient) return;
    each_group(pass.batch, [&](std::int64_t group) {
      double sums[2] = {};
      each_channel(group, [&](std::int64_t c, std::int64_t first) {
        for (const int i : {0, 1}) sums[i] += static_cast<double>(weight_.value[c]) * sums_of(first)[i];
      });
      const LostGradient lost(sums, size_, true);
      each_channel(group, [&](std::int64_t c, std::int64_t first) {
        kernels().channel_gradient(gradients.output + first, input_ + first, weight_.value[c], area_, normal_at(group),
                                   lost.offset, lost.slope);
      });
    });
  }

 private:
  using Sums =
      std::array<double, 2>;  // of a channel of a sample: of the output's gradient, and of it times the normalized numbers

  /// visit(channel, number of its first element in the batch); groups are counted over all samples.
  template <class Visit>
  void each_channel(std::int64_t group, Visit visit) const {
    const std::int64_t count = channels_ / groups_;
    for (std::int64_t i = 0; i < count; ++i) visit(group % groups_ * count + i, group * size_ + i * area_);
  }
  Sums& sums_of(std::int64_t first) { return sums_[static_cast<std::size_t>(first / area_)]; }
  RowNormal& normal_at(std::int64_t group) { return normals_[static_cast<std::size_t>(group)]; }

  void sum_channels(std::int64_t group, const float* output_gradient) {
    each_channel(group, [&](std::int64_t, std::int64_t first) {
      kernels().row_gradient_sums(output_gradient + first, input_ + first, nullptr, area_, normal_at(group),
                                  sums_of(first).data());
    });
  }

  /// The gradients of weight and bias, sample after sample.
  void add_up(const BackwardPass& pass) {
    for (std::int64_t c = 0; c < channels_; ++c) {
      double weight = 0, bias = 0;
      for (std::int64_t n = 0; n < pass.batch; ++n) {
        const Sums& sums = sums_[static_cast<std::size_t>(n * channels_ + c)];
        bias += sums[0];
        weight += sums[1];
      }
      weight_.gradient[c] = (pass.accumulate ? weight_.gradient[c] : 0) + static_cast<float>(weight);
      bias_.gradient[c] = (pass.accumulate ? bias_.gradient[c] : 0) + static_cast<float>(bias);
    }
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
  const float* input_ = nullptr;
  std::vector<RowNormal> normals_;  // of each group of the last batch
  std::vector<Sums> sums_;          // of each channel of each sample
  ArenaSpan<float> output_;
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
