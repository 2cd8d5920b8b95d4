// Samples come one after the other, and steps are computed for all samples at once: arrays are turned round on the way in and out.
#include "nn/layers/recurrent.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "nn/initializers.hpp"
#include "nn/kernels/kernels.hpp"
#include "nn/kernels/parallel_for.hpp"
#include "nn/layers/recurrent_direction.hpp"
#include "nn/layers/sequence_mask.hpp"

namespace treino::nn {
namespace {

class Recurrent final : public MergeLayer {
 public:
  Recurrent(const LayerContext& context, const Cell& cell)
      : sequence_{context.input[0], context.input[1], context.setting<std::int64_t>("units")},
        sequences_(context.setting<bool>("return_sequences")),
        width_(context.output.back()),
        threads_(context.threads),
        mask_(context) {
    const bool both = context.setting<bool>("bidirectional"), backwards = context.setting<bool>("go_backwards");
    directions_.push_back(std::make_unique<RecurrentDirection>(context, cell, sequence_, backwards, ""));
    if (both) directions_.push_back(std::make_unique<RecurrentDirection>(context, cell, sequence_, true, "_reverse"));
    const std::int64_t inputs = context.capacity * sequence_.length * sequence_.features;
    context.memory.request(inputs_, inputs, Use::kept);
    context.memory.request(input_gradient_, inputs, Use::backward);
    context.request(output_);
  }
  Traits traits() const override { return {}; }

  const float* merge(std::span<const float* const> inputs, const Pass& pass) override {
    mask_.read(inputs, pass.batch);
    const float* const input = inputs.front();
    const std::int64_t length = sequence_.length, features = sequence_.features;
    parallel_for(length, pass.batch * features, threads_, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t t = first; t < last; ++t)
        for (std::int64_t n = 0; n < pass.batch; ++n)
          std::copy_n(input + (n * length + t) * features, features, inputs_.data() + (t * pass.batch + n) * features);
    });
    for (std::size_t d = 0; d < directions_.size(); ++d) {
      directions_[d]->forward(inputs_.data(), mask_, pass.batch);
      for (std::int64_t place = 0; place < places(); ++place) put_out(d, place, pass.batch);
    }
    return output_.data();
  }

  void split(float* output_gradient, std::span<const InputGradient> inputs, const BackwardPass& pass) override {
    float* const input_gradient = inputs.front().wanted ? input_gradient_.data() : nullptr;
    for (std::size_t d = 0; d < directions_.size(); ++d) {
      directions_[d]->backward(inputs_.data(), mask_, pass, input_gradient, d > 0, [&](std::int64_t step) {
        const std::int64_t place = place_of(d, step);
        return RecurrentDirection::OutputGradient{.first = place < 0 ? nullptr : output_gradient + offset_of(d, 0, place),
                                                  .row_step = places() * width_,
                                                  .not_of_padding = sequences_};
      });
    }
    if (input_gradient != nullptr) turn_round(inputs.front().values, inputs.front().add, pass.batch);
    SequenceMask::clear_gradient(inputs, pass.batch * mask_.size());
  }

 private:
  /// Of all steps, those that are padding put out zeros; the last one alone has what was before the padding.
  void put_out(std::size_t direction, std::int64_t place, std::int64_t batch) {
    const std::int64_t number = step_at(direction, place), units = sequence_.units;
    const float* const hidden = directions_[direction]->hidden(number);
    const std::int64_t time = directions_[direction]->time_of(number);
    for (std::int64_t n = 0; n < batch; ++n) {
      float* const to = output_.data() + offset_of(direction, n, place);
      if (sequences_ && mask_.is_padding(n, time))
        std::fill_n(to, units, 0.0f);
      else
        std::copy_n(hidden + n * units, units, to);
    }
  }

  /// Of the output: steps, or one.
  std::int64_t places() const { return sequences_ ? sequence_.length : 1; }
  std::int64_t offset_of(std::size_t direction, std::int64_t sample, std::int64_t place) const {
    return (sample * places() + place) * width_ + static_cast<std::int64_t>(direction) * sequence_.units;
  }
  /// Which step of a direction, in its order, a place holds: the second direction puts each step where its input was.
  std::int64_t step_at(std::size_t direction, std::int64_t place) const {
    if (!sequences_) return sequence_.length - 1;
    return direction == 0 ? place : sequence_.length - 1 - place;
  }
  /// -1: none.
  std::int64_t place_of(std::size_t direction, std::int64_t step) const {
    if (!sequences_) return step == sequence_.length - 1 ? 0 : -1;
    return direction == 0 ? step : sequence_.length - 1 - step;
  }

  void turn_round(float* to, bool add, std::int64_t batch) {
    const std::int64_t length = sequence_.length, features = sequence_.features;
    parallel_for(batch, length * features, threads_, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t n = first; n < last; ++n)
        for (std::int64_t t = 0; t < length; ++t) {
          const float* const from = input_gradient_.data() + (t * batch + n) * features;
          float* const at = to + (n * length + t) * features;
          if (add)
            kernels().add(at, from, features);
          else
            std::copy_n(from, features, at);
        }
    });
  }

  Sequence sequence_;
  bool sequences_;
  std::int64_t width_;
  int threads_;
  SequenceMask mask_;
  std::vector<std::unique_ptr<RecurrentDirection>> directions_;
  ArenaSpan<float> inputs_, input_gradient_, output_;
};

void check_recurrent_initializer(const ShapeContext& at) {
  const std::string& name = at.spec.settings.at<std::string>("recurrent_initializer");
  if (is_initializer(name) && name != "variance_scaling") return;
  at.fail(fmt::format("unknown recurrent_initializer \"{}\"; it may be what initializer may be, but for variance_scaling", name));
}

}  // namespace

Shape recurrent_shape(const ShapeContext& at, const Cell& cell) {
  const auto units = at.spec.settings.at<std::int64_t>("units");
  if (units < 1) at.fail(fmt::format("units must be at least 1, not {}", units));
  if (at.input.size() != 2) at.fail(fmt::format("expects length x features, the input is {}", to_text(at.input)));
  check_mask(at);
  at.check_weights();
  check_recurrent_initializer(at);
  static_cast<void>(at.spec.settings.at<bool>("bias"));
  const bool both = at.spec.settings.at<bool>("bidirectional");
  if (both && at.spec.settings.at<bool>("go_backwards")) at.fail("bidirectional and go_backwards exclude each other");
  at.check_size({cell.gates, units, std::max(units, at.input[1])}, "a weight");
  const std::int64_t width = both ? 2 * units : units;
  return at.spec.settings.at<bool>("return_sequences") ? Shape{at.input[0], width} : Shape{width};
}

std::int64_t recurrent_flops(const LayerSpec& spec, const Shape& input, const Shape&, const Cell& cell) {
  const auto units = spec.settings.at<std::int64_t>("units");
  const std::int64_t sums = 2 * (input[1] + units) + (spec.settings.at<bool>("bias") ? 2 : 0);
  const std::int64_t directions = spec.settings.at<bool>("bidirectional") ? 2 : 1;
  return directions * input[0] * units * (cell.gates * sums + cell.unit_flops);
}

std::unique_ptr<Layer> make_recurrent(const LayerContext& context, const Cell& cell) {
  return std::make_unique<Recurrent>(context, cell);
}

}  // namespace treino::nn
