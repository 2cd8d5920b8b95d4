// Sees NaN and infinities before the optimizer applies them, so that they never reach the weights, and ends the run, skips the
// step or goes back to the weights of the last epoch's end. Name and raise_error are Keras'.
#include <treino/callback.hpp>
#include <treino/kit/text.hpp>
#include <treino/monitor.hpp>

#include "shared/training/weight_loops.hpp"

namespace {

using treino::Event;

/// A loss is summed in double, its gradients are float32: beyond that they overflow.
bool representable(double loss) { return std::abs(loss) <= static_cast<double>(std::numeric_limits<float>::max()); }

class TerminateOnNan final : public treino::Callback {
 public:
  explicit TerminateOnNan(const treino::Setup& setup)
      : Callback(setup),
        check_(setup.get<std::string>("check")),
        action_(setup.get<std::string>("action")),
        raise_error_(setup.get<bool>("raise_error")) {
    if (raise_error_ && action_ != "stop") throw std::invalid_argument("raise_error = true needs action = \"stop\"");
    if (check_ == "weights" && action_ == "skip_step")
      throw std::invalid_argument(
          "check = \"weights\" looks at weights after the step, which cannot be skipped any more: use action = \"stop\" or "
          "\"rollback\"");
    if (check_ != "loss" || action_ == "rollback") TREINO_REQUIRE_SERVICE(host(), TREINO_MODEL_SERVICE);
  }

  void on_run_begin(const Event& event) override {
    if (event.resumed == 0) remember();  // else the host has brought back what was kept
  }
  void on_epoch_end(const Event& event) override {
    if (treino::outcome_of(event) == treino::Outcome::running) remember();
  }

  /// Of a batch whose gradients are only gathered: the step that they belong to is refused later, in backward_end.
  void on_batch_end(const Event& event) override {
    const bool judged = event.epoch == judged_epoch_ && event.batch == judged_batch_;
    if (!judged && !representable(event.loss)) gathered_ = event.loss;
  }

  void on_backward_end(const Event& event) override {
    judged_epoch_ = event.epoch;
    judged_batch_ = event.batch;
    const double loss = std::exchange(gathered_, 0.0);
    if (!representable(loss)) return refuse(text_of(loss), event);
    if (!representable(event.loss)) return refuse(text_of(event.loss), event);
    if (check_ == "loss") return;
    for (std::uint32_t i = 0; i < host().parameter_count(); ++i) {
      const std::optional<treino_tensor> gradient = host().gradient(i);
      if (gradient && !treino::all_finite(*gradient))
        return refuse("the gradient of " + host().parameter_name(i) + " is not finite", event);
    }
  }

  void on_step_end(const Event& event) override {
    if (const auto bad = bad_weights())
      act("the step has made " + host().parameter_name(*bad) + " infinite or NaN", event, false);
  }

  std::uint64_t wanted() const override {
    std::uint64_t events = ~std::uint64_t{0};
    if (check_ != "weights") events &= ~(std::uint64_t{1} << TREINO_STEP_END);
    if (action_ != "rollback") events &= ~(std::uint64_t{1} << TREINO_EPOCH_END | std::uint64_t{1} << TREINO_RUN_BEGIN);
    return events;
  }

  void save(treino::Writer& writer) const override {
    writer.write(gathered_);
    writer.write(judged_epoch_);
    writer.write(judged_batch_);
  }
  void load(treino::Reader& reader, std::uint32_t) override {
    const auto gathered = reader.get<double>();
    const auto epoch = reader.get<std::uint64_t>(), batch = reader.get<std::uint64_t>();
    reader.finish();
    gathered_ = gathered;
    judged_epoch_ = epoch;
    judged_batch_ = batch;
  }

 private:
  /// Damaged weights are nothing to go back to.
  void remember() const {
    if (!bad_weights()) host().remember();
  }

  std::optional<std::uint32_t> bad_weights() const {
    for (std::uint32_t i = 0; i < host().parameter_count(); ++i)
      if (!treino::all_finite(host().parameter(i))) return i;
    return std::nullopt;
  }

  void refuse(const std::string& what, const Event& event) const {
    host().skip_step(what + place(event));
    act(what, event, true);
  }

  void act(const std::string& what, const Event& event, bool weights_are_whole) const {
    const std::string reason = what + place(event);
    if (action_ == "stop") return host().stop(reason, raise_error_ ? treino::Outcome::failed : treino::Outcome::diverged);
    if (action_ != "rollback" || host().roll_back(reason) || weights_are_whole) return;
    host().stop(reason + ", and no earlier weights are kept", treino::Outcome::diverged);
  }

  static std::string text_of(double loss) {
    return "loss is " + treino::short_text(loss) + (std::isfinite(loss) ? ", beyond what float32 holds," : "");
  }
  static std::string place(const Event& event) {
    return " at epoch " + std::to_string(event.epoch + 1) + ", batch " + std::to_string(event.batch + 1);
  }

  std::string check_, action_;
  bool raise_error_;

  double gathered_ = 0;  // a loss that is bad, of a batch that waits for its step
  std::uint64_t judged_epoch_ = ~std::uint64_t{0}, judged_batch_ = 0;
};

}  // namespace

TREINO_PLUGIN(TerminateOnNan, R"toml(
kind = "callback"
id = "terminate_on_nan"
version = "1.1.0"
summary = "Stops the run, or skips the step, when the loss, a gradient or a weight becomes NaN or infinite."
phase = "decide"
events = ["run_begin", "epoch_end", "batch_end", "backward_end", "step_end"]
ranks = "all"
help = """
Looks at each step after the backward pass and before the optimizer, so that a bad step is never applied.
check: "loss" looks at the loss of every batch of the step. One beyond 3.4e38 counts as infinite, since gradients are float32. That costs
nothing, but is no promise: large inputs can make a gradient overflow whose loss does not, and that gets into the weights.
"gradients" looks at every gradient too (one pass over them per step), "weights" at every weight too, after the step (another pass): a
finite gradient can still carry a weight to infinity.
action: "stop" ends the run with the outcome diverged (failed with raise_error), the weights being those before the step; "skip_step"
drops the step and continues; "rollback" also brings back weights and optimizer state of the last epoch's end, or of the run's beginning.
State: whether a batch of a half-gathered step was bad.
"""

[parameters.raise_error]
type = "bool"
default = false
doc = "end with the outcome failed instead of diverged"

[parameters.check]
type = "string"
default = "loss"
choices = ["loss", "gradients", "weights"]
doc = "what is looked at; each includes those before it"

[parameters.action]
type = "string"
default = "stop"
choices = ["stop", "skip_step", "rollback"]
doc = "what happens then"
)toml")
