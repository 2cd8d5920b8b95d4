// weight * (x - mean) / sqrt(variance + epsilon) + bias for each feature of a flat input, or each channel: mean and biased
// variance of the batch while training, running ones at inference. Ioffe & Szegedy, ICML 2015; the running variance is the
// unbiased one, as PyTorch's.
#include <algorithm>
#include <cmath>

#include "nn/layer.hpp"
#include "nn/sums.hpp"

namespace treino::nn {
namespace {

class BatchNorm final : public Layer {
 public:
  explicit BatchNorm(const Site& site)
      : channels_(site.input[0]),
        area_(size_of(site.input) / channels_),
        momentum_(site.spec.momentum),
        epsilon_(site.spec.epsilon),
        weight_(site.parameters.add(site.name + "/weight", {channels_}, "ones").value),
        weight_gradient_(site.parameters.list().back().gradient.data()),
        bias_(site.parameters.add(site.name + "/bias", {channels_}, "zeros").value),
        bias_gradient_(site.parameters.list().back().gradient.data()),
        running_mean_(site.parameters.add(site.name + "/running_mean", {channels_}, "zeros", {}, false).value),
        running_variance_(site.parameters.add(site.name + "/running_var", {channels_}, "ones", {}, false).value),
        mean_(channels_),
        inverse_deviation_(channels_),
        first_sums_(channels_),
        second_sums_(channels_),
        means_(channels_),
        variances_(channels_),
        output_(site.output_buffer()) {}

  bool has_statistics() const override { return true; }
  void average_statistics(bool on) override {
    averaging_ = on;
    batches_ = batches_with_variance_ = 0;
    std::fill(means_.span().begin(), means_.span().end(), 0.0);
    std::fill(variances_.span().begin(), variances_.span().end(), 0.0);
  }

  const float* forward(const float* input, const Pass& pass) override {
    input_ = input;
    if (pass.mode == Mode::train) {
      measure(pass.batch);
    } else {
      for (std::int64_t c = 0; c < channels_; ++c) keep(c, running_mean_[c], running_variance_[c]);
    }
    each_area(pass.batch, [&](std::int64_t c, std::int64_t offset) {
      const float scale = weight_[c] * inverse_deviation_[c], mean = mean_[c], bias = bias_[c];
      const float* x = input_ + offset;
      float* y = output_.data() + offset;
      for (std::int64_t i = 0; i < area_; ++i) y[i] = (x[i] - mean) * scale + bias;
    });
    return output_.data();
  }

  void backward(Gradients& gradients, const BackwardPass& pass) override {
    sum_gradients(gradients.current, pass);
    if (!pass.wants_input_gradient) return;
    const double count = static_cast<double>(pass.batch * area_);
    each_area(pass.batch, [&](std::int64_t c, std::int64_t offset) {
      const float scale = weight_[c] * inverse_deviation_[c], mean = mean_[c];
      const float gradient_mean = static_cast<float>(first_sums_[c] / count);
      const float slope = static_cast<float>(second_sums_[c] / count) * inverse_deviation_[c];
      const float* x = input_ + offset;
      float* gradient = gradients.current + offset;
      for (std::int64_t i = 0; i < area_; ++i) gradient[i] = scale * (gradient[i] - gradient_mean - (x[i] - mean) * slope);
    });
  }

 private:
  /// visit(channel, offset of its area) for every sample and channel.
  template <class Visit>
  void each_area(std::int64_t batch, Visit visit) const {
    for (std::int64_t n = 0; n < batch; ++n) {
      for (std::int64_t c = 0; c < channels_; ++c) visit(c, (n * channels_ + c) * area_);
    }
  }

  void keep(std::int64_t channel, double mean, double variance) {
    mean_[channel] = static_cast<float>(mean);
    inverse_deviation_[channel] = static_cast<float>(1 / std::sqrt(variance + epsilon_));
  }

  // Two passes: the difference of two large sums would lose the variance of data far from zero.
  void measure(std::int64_t batch) {
    const double count = static_cast<double>(batch * area_);
    std::fill(first_sums_.span().begin(), first_sums_.span().end(), 0.0);
    std::fill(second_sums_.span().begin(), second_sums_.span().end(), 0.0);
    each_area(batch, [&](std::int64_t c, std::int64_t offset) {
      const float* x = input_ + offset;
      first_sums_[c] += sum_of(area_, [&](std::int64_t i) { return x[i]; });
    });
    each_area(batch, [&](std::int64_t c, std::int64_t offset) {
      const float* x = input_ + offset;
      const double mean = first_sums_[c] / count;
      second_sums_[c] += sum_of(area_, [&](std::int64_t i) { return (x[i] - mean) * (x[i] - mean); });
    });
    for (std::int64_t c = 0; c < channels_; ++c) {
      const double mean = first_sums_[c] / count;
      keep(c, mean, second_sums_[c] / count);
      if (!averaging_) running_mean_[c] = static_cast<float>((1 - momentum_) * running_mean_[c] + momentum_ * mean);
      // One value has no unbiased variance: what is known stays.
      if (!averaging_ && count > 1) {
        running_variance_[c] =
            static_cast<float>((1 - momentum_) * running_variance_[c] + momentum_ * second_sums_[c] / (count - 1));
      }
    }
    if (averaging_) average(count);
  }

  // Sums in double, so that the mean of many batches is as exact as that of one.
  void average(double count) {
    ++batches_;
    if (count > 1) ++batches_with_variance_;
    for (std::int64_t c = 0; c < channels_; ++c) {
      running_mean_[c] = static_cast<float>((means_[c] += first_sums_[c] / count) / static_cast<double>(batches_));
      if (count == 1) continue;
      variances_[c] += second_sums_[c] / (count - 1);
      running_variance_[c] = static_cast<float>(variances_[c] / static_cast<double>(batches_with_variance_));
    }
  }

  // first_sums_: of the gradient; second_sums_: of the gradient times the normalized input.
  void sum_gradients(const float* gradients, const BackwardPass& pass) {
    std::fill(first_sums_.span().begin(), first_sums_.span().end(), 0.0);
    std::fill(second_sums_.span().begin(), second_sums_.span().end(), 0.0);
    each_area(pass.batch, [&](std::int64_t c, std::int64_t offset) {
      const float* x = input_ + offset;
      const float* gradient = gradients + offset;
      const float mean = mean_[c];
      first_sums_[c] += sum_of(area_, [&](std::int64_t i) { return gradient[i]; });
      second_sums_[c] += sum_of(area_, [&](std::int64_t i) { return gradient[i] * (x[i] - mean); }) * inverse_deviation_[c];
    });
    if (!pass.learns) return;
    for (std::int64_t c = 0; c < channels_; ++c) {
      bias_gradient_[c] = (pass.accumulate ? bias_gradient_[c] : 0) + static_cast<float>(first_sums_[c]);
      weight_gradient_[c] = (pass.accumulate ? weight_gradient_[c] : 0) + static_cast<float>(second_sums_[c]);
    }
  }

  std::int64_t channels_, area_;
  double momentum_, epsilon_;
  float *weight_, *weight_gradient_, *bias_, *bias_gradient_, *running_mean_, *running_variance_;
  Buffer mean_, inverse_deviation_;
  Array<double> first_sums_, second_sums_;
  Array<double> means_, variances_;  // sums over the batches since average_statistics(true)
  std::int64_t batches_ = 0, batches_with_variance_ = 0;
  bool averaging_ = false;
  Buffer output_;
  const float* input_ = nullptr;
};

}  // namespace

std::unique_ptr<Layer> make_batch_norm(const Site& site) { return std::make_unique<BatchNorm>(site); }

}  // namespace treino::nn
