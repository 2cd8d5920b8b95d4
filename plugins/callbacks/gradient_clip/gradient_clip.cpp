// Keeps steps short where gradients are long: scales them to a norm, or cuts off what is beyond a value. R. Pascanu, T. Mikolov,
// Y. Bengio, On the Difficulty of Training Recurrent Neural Networks, ICML 2013.
#include <treino/callback.hpp>

#include "shared/training/weight_loops.hpp"

namespace {

using treino::Event;

class GradientClip final : public treino::Callback {
 public:
  explicit GradientClip(const treino::Setup& setup)
      : Callback(setup),
        norm_(setup.find<double>("norm")),
        value_(setup.find<double>("value")),
        each_(setup.get<std::string>("scope") == "parameter"),
        norm_before_(setup.host().declare("norm_before_clip")),
        clipped_share_(setup.host().declare("clipped_share")) {
    if (!norm_ && !value_) throw std::invalid_argument("say to what: give norm or value");
    if (each_ && !norm_) throw std::invalid_argument("scope = \"parameter\" is for norm; value looks at each element anyway");
  }

  void on_epoch_begin(const Event&) override { steps_ = clipped_ = 0; }

  void on_step_begin(const Event& event) override {
    const double before = std::sqrt(squares());
    host().log_scalar(norm_before_, before);
    ++steps_;
    if (std::isfinite(before))
      clipped_ += clip(before) ? 1 : 0;
    else if (!std::exchange(complained_, true))
      host().warn("the gradient is not finite in epoch " + std::to_string(event.epoch + 1) + ", batch " +
                  std::to_string(event.batch + 1) +
                  ", which no clipping mends; terminate_on_nan can skip such steps (said once)");
    host().log_scalar(clipped_share_, static_cast<double>(clipped_) / static_cast<double>(steps_));
  }

  void save(treino::Writer& writer) const override {
    writer.write(steps_);
    writer.write(clipped_);
    writer.write(complained_);
  }
  void load(treino::Reader& reader, std::uint32_t) override {
    const auto steps = reader.get<std::uint64_t>(), clipped = reader.get<std::uint64_t>();
    const bool complained = reader.get<bool>();
    reader.finish();
    steps_ = steps;
    clipped_ = clipped;
    complained_ = complained;
  }

 private:
  double squares() const {
    double squares = 0;
    for (std::uint32_t i = 0; i < host().parameter_count(); ++i)
      if (const auto gradient = host().gradient(i)) squares += treino::sum_of_squares(*gradient);
    return squares;
  }

  /// Whether there was anything to clip.
  bool clip(double norm) const {
    bool clipped = false;
    for (std::uint32_t i = 0; i < host().parameter_count(); ++i) {
      const auto gradient = host().gradient(i);
      if (!gradient) continue;
      if (value_) clipped |= treino::clamp_elements(*gradient, static_cast<float>(*value_));
      if (norm_ && each_) clipped |= shorten(*gradient, std::sqrt(treino::sum_of_squares(*gradient)));
    }
    if (!norm_ || each_) return clipped;
    const double left = clipped ? std::sqrt(squares()) : norm;
    if (left <= *norm_) return clipped;
    for (std::uint32_t i = 0; i < host().parameter_count(); ++i)
      if (const auto gradient = host().gradient(i)) shorten(*gradient, left);
    return true;
  }

  bool shorten(const treino_tensor& gradient, double norm) const {
    if (norm <= *norm_) return false;
    treino::scale_elements(gradient, static_cast<float>(*norm_ / norm));
    return true;
  }

  std::optional<double> norm_, value_;
  bool each_;
  treino::Scalar norm_before_, clipped_share_;

  std::uint64_t steps_ = 0, clipped_ = 0;  // in this epoch
  bool complained_ = false;
};

}  // namespace

TREINO_PLUGIN(GradientClip, R"toml(
kind = "callback"
id = "gradient_clip"
version = "1.0.0"
summary = "Clips gradients by norm or by value."
phase = "mutate"
events = ["epoch_begin", "step_begin"]
ranks = "all"
scalars = ["norm_before_clip", "clipped_share"]
no_direction = true
help = """
Just before the optimizer, on the gradients of the whole step (of all its batches, where they are accumulated):
value: each element is put into [-value, value].
norm: where the 2-norm n of all gradients together is above `norm`, they are multiplied by norm / n; with scope = "parameter" each
tensor by itself. With both, value comes first.
Logs norm_before_clip, the 2-norm of all gradients of the last step as the backward pass left them, and clipped_share, the share of the
epoch's steps so far in which anything was clipped.
A gradient with NaN or infinities is left as it is. gradient_monitor shows the gradients before and after.
State: the two counts of the epoch.
"""

[parameters.norm]
type = "float"
above = 0.0
doc = "the longest a gradient may be"

[parameters.value]
type = "float"
above = 0.0
doc = "the largest an element may be"

[parameters.scope]
type = "string"
default = "global"
choices = ["global", "parameter"]
doc = "what norm is of: all gradients together, or each parameter's"
)toml")
