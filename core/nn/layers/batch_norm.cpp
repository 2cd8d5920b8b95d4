// weight * (x - mean) / sqrt(variance + epsilon) + bias for each feature of a flat input, or each channel: mean and biased variance of the
// batch while training, running ones at inference. Ioffe & Szegedy, ICML 2015; the running variance is the unbiased one, as PyTorch's.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "nn/kernels/kernels.hpp"
#include "nn/kernels/parallel_for.hpp"
#include "nn/layers/layer.hpp"
#include "nn/layers/layer_type.hpp"
#include "nn/layers/parameter_texts.hpp"
#include "nn/layers/statistics_mean.hpp"

namespace treino::nn {
namespace {

class BatchNorm final : public Layer {
 public:
  explicit BatchNorm(const LayerContext& context)
      : channels_(context.input[0]),
        area_(size_of(context.input) / channels_),
        block_(context.input_block),
        copies_(context.input.size() == 1 || block_ > 1 ? 1 : run),
        threads_(context.threads),
        momentum_(context.setting<double>("momentum")),
        epsilon_(context.setting<double>("epsilon")),
        weight_(context.parameters.add(context.name + "/weight", {channels_}, {"ones"}).value),
        weight_gradient_(context.parameters.list().back().gradient.data()),
        bias_(context.parameters.add(context.name + "/bias", {channels_}, {"zeros"}).value),
        bias_gradient_(context.parameters.list().back().gradient.data()),
        running_mean_(context.parameters.add(context.name + "/running_mean", {channels_}, {"zeros"}, {}, false).value),
        running_variance_(context.parameters.add(context.name + "/running_var", {channels_}, {"ones"}, {}, false).value),
        inverse_deviation_(channels_),
        mean_(channels_ * copies_),
        scale_(channels_ * copies_),
        shift_(channels_ * copies_),
        slope_(channels_ * copies_),
        exact_mean_(channels_ * copies_),
        first_sums_(channels_ * copies_),
        second_sums_(channels_ * copies_),
        sums_(2 * channels_),
        mean_of_batches_(channels_) {
    context.request(output_);
  }

  bool absorb_relu() override { return relu_ = true; }
  Traits traits() const override { return {.reads_input = true, .reads_output = relu_, .gradient_in_place = true}; }
  std::int64_t channel_block() const override { return block_; }
  bool has_statistics() const override { return true; }
  void average_statistics(bool on) override {
    averaging_ = on;
    mean_of_batches_.reset();
  }

  // While training: mean and sum of squared deviations of each channel; backward: sums of the gradient, and of the gradient times the
  // normalized input.
  std::span<double> sums() override { return sums_.span(); }

  // Two passes: the difference of two large sums would lose the variance of data far from zero.
  void sum_up(const float* input, const Pass& pass) override {
    input_ = input;
    const double count = static_cast<double>(pass.batch * area_);
    clear_sums();
    each_run(pass.batch, [&](std::int64_t at, const Rows& rows, std::int64_t column) {
      kernels().sum_rows(input_ + at, rows, first_sums_.data() + column);
    });
    fold(first_sums_);
    for (std::int64_t c = 0; c < channels_; ++c) fill(exact_mean_, c, first_sums_[c] / count);
    each_run(pass.batch, [&](std::int64_t at, const Rows& rows, std::int64_t column) {
      kernels().square_rows(input_ + at, rows, exact_mean_.data() + column, second_sums_.data() + column);
    });
    fold(second_sums_);
    for (std::int64_t c = 0; c < channels_; ++c) {
      sums_[c] = first_sums_[c] / count;
      sums_[channels_ + c] = second_sums_[c];
    }
  }

  // Chan, Golub & LeVeque, Updating Formulae and a Pairwise Algorithm for Computing Sample Variances, 1979.
  void add_sums(std::span<double> sums, std::int64_t rows, std::span<const double> other,
                std::int64_t other_rows) const override {
    const double share = static_cast<double>(other_rows) / static_cast<double>(rows + other_rows);
    const double weight = static_cast<double>(rows * area_) * share;
    const auto channels = static_cast<std::size_t>(channels_);
    for (std::size_t c = 0; c < channels; ++c) {
      const double difference = other[c] - sums[c];
      sums[c] += difference * share;
      sums[channels + c] += other[channels + c] + difference * difference * weight;
    }
  }

  void keep_sums(const Pass& pass, bool statistics) override {
    const double count = static_cast<double>(pass.rows * area_);
    for (std::int64_t c = 0; c < channels_; ++c) {
      const double mean = sums_[c], squares = sums_[channels_ + c];
      keep(c, mean, squares / count);
      if (!statistics || averaging_) continue;
      running_mean_[c] = static_cast<float>((1 - momentum_) * running_mean_[c] + momentum_ * mean);
      // One value has no unbiased variance: what is known stays.
      if (count > 1)
        running_variance_[c] = static_cast<float>((1 - momentum_) * running_variance_[c] + momentum_ * squares / (count - 1));
    }
    if (statistics && averaging_)
      mean_of_batches_.add(sums_.data(), sums_.data() + channels_, count, running_mean_, running_variance_);
  }

  const float* forward(const float* input, const Pass& pass) override {
    input_ = input;
    if (pass.mode == Mode::infer)
      for (std::int64_t c = 0; c < channels_; ++c) keep(c, running_mean_[c], running_variance_[c]);
    each_run(pass.batch, [&](std::int64_t at, const Rows& rows, std::int64_t column) {
      kernels().normalize_rows(input_ + at, rows, mean_.data() + column, scale_.data() + column, shift_.data() + column,
                               output_.data() + at, relu_);
    });
    return output_.data();
  }

  void sum_up_gradients(const Gradients& gradients, const BackwardPass& pass) override {
    if (relu_) {
      parallel_for(pass.batch * channels_ * area_, 1, threads_, [&](std::int64_t first, std::int64_t last) {
        kernels().relu_gradient(gradients.output + first, output_.data() + first, last - first);
      });
    }
    clear_sums();
    each_run(pass.batch, [&](std::int64_t at, const Rows& rows, std::int64_t column) {
      kernels().sum_gradient_rows(gradients.output + at, input_ + at, rows, mean_.data() + column, first_sums_.data() + column,
                                  second_sums_.data() + column);
    });
    fold(first_sums_);
    fold(second_sums_);
    for (std::int64_t c = 0; c < channels_; ++c) {
      sums_[c] = first_sums_[c];
      sums_[channels_ + c] = second_sums_[c] * static_cast<double>(inverse_deviation_[c]);
    }
    if (!pass.learns) return;
    for (std::int64_t c = 0; c < channels_; ++c) {
      bias_gradient_[c] = (pass.accumulate ? bias_gradient_[c] : 0) + static_cast<float>(sums_[c]);
      weight_gradient_[c] = (pass.accumulate ? weight_gradient_[c] : 0) + static_cast<float>(sums_[channels_ + c]);
    }
  }

  void backward(const Gradients& gradients, const BackwardPass& pass) override {
    if (!pass.wants_input_gradient) return;
    const double count = static_cast<double>(pass.rows * area_);
    for (std::int64_t c = 0; c < channels_; ++c) {
      fill(shift_, c, static_cast<float>(sums_[c] / count));
      fill(slope_, c, static_cast<float>(sums_[channels_ + c] / count) * inverse_deviation_[c]);
    }
    each_run(pass.batch, [&](std::int64_t at, const Rows& rows, std::int64_t column) {
      kernels().normalize_gradient_rows(gradients.output + at, input_ + at, rows, mean_.data() + column, scale_.data() + column,
                                        shift_.data() + column, slope_.data() + column);
    });
  }

 private:
  // The channels of a flat input, or of a block, lie side by side: they are the columns of the kernels' rows. Where a channel is
  // a plain area, it is cut into rows of `run` numbers, and its mean and the like are there in as many copies.
  static constexpr std::int64_t run = 16;

  /// visit(offset of the first row, rows, number of the first column) for everything, each column by one thread alone.
  template <class Visit>
  void each_run(std::int64_t batch, Visit visit) const {
    if (copies_ == 1 && block_ == 1) {
      parallel_for(channels_, batch, threads_, [&](std::int64_t first, std::int64_t last) {
        visit(first, Rows{batch, last - first, channels_}, first);
      });
      return;
    }
    const std::int64_t width = block_ > 1 ? block_ : run, planes = channels_ / block_, size = area_ * block_;
    parallel_for(planes, batch * size, threads_, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t plane = first; plane < last; ++plane) {
        for (std::int64_t n = 0; n < batch; ++n) {
          const std::int64_t at = (n * planes + plane) * size, whole = size / width;
          visit(at, Rows{whole, width, width}, plane * width);
          if (size % width > 0) visit(at + whole * width, Rows{1, size % width, width}, plane * width);
        }
      }
    });
  }

  void clear_sums() {
    std::ranges::fill(first_sums_.span(), 0.0);
    std::ranges::fill(second_sums_.span(), 0.0);
  }

  template <class Number>
  void fill(Array<Number>& array, std::int64_t channel, Number value) {
    std::fill_n(array.data() + channel * copies_, copies_, value);
  }

  /// The sums of a channel's copies, in order, go to the front: sums[channel].
  void fold(Array<double>& sums) const {
    for (std::int64_t c = 0; c < channels_ && copies_ > 1; ++c) {
      double sum = 0;
      for (std::int64_t i = 0; i < copies_; ++i) sum += sums[c * copies_ + i];
      sums[c] = sum;
    }
  }

  void keep(std::int64_t channel, double mean, double variance) {
    inverse_deviation_[channel] = static_cast<float>(1 / std::sqrt(variance + epsilon_));
    fill(mean_, channel, static_cast<float>(mean));
    fill(scale_, channel, weight_[channel] * inverse_deviation_[channel]);
    fill(shift_, channel, bias_[channel]);
  }

  std::int64_t channels_, area_, block_, copies_;
  int threads_;
  double momentum_, epsilon_;
  float *weight_, *weight_gradient_, *bias_, *bias_gradient_, *running_mean_, *running_variance_;
  Buffer inverse_deviation_;
  Buffer mean_, scale_, shift_, slope_;  // a column each; shift_: the bias, then the mean of the gradient
  Array<double> exact_mean_, first_sums_, second_sums_, sums_;
  StatisticsMean mean_of_batches_;
  bool averaging_ = false, relu_ = false;
  ArenaSpan<float> output_;
  const float* input_ = nullptr;
};

Shape batch_norm_shape(const ShapeContext& at) {
  if (at.input.size() > 1) at.check_places();
  const double momentum = at.spec.settings.at<double>("momentum");
  if (!(momentum >= 0 && momentum <= 1)) at.fail(fmt::format("momentum must be in [0, 1], not {}", momentum));
  at.check_epsilon();
  return at.input;
}

}  // namespace

extern const LayerType batch_norm_layer{
    .id = "batch_norm",
    .description = R"toml(summary = "normalizes each feature or channel over the batch, then scales and shifts it"
[type.parameters.momentum]
type = "float"
default = 0.1
min = 0.0
max = 1.0
doc = "weight of the new batch in the running mean and variance"
)toml" TREINO_VARIANCE_EPSILON_TOML,
    .shape = batch_norm_shape,
    .flops = flops_per_output<4>,
    .make = [](const LayerContext& context) -> std::unique_ptr<Layer> { return std::make_unique<BatchNorm>(context); },
    .accepts_blocked_layout = accepts_any_layout,
    .is_norm = true,
};

}  // namespace treino::nn
