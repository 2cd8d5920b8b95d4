// Early stopping: ends the run when a metric has not improved for `patience` epochs, and can bring back the weights of the best
// epoch. Lutz Prechelt, Early Stopping - But When?, in: Neural Networks: Tricks of the Trade (1998). Names and defaults are
// Keras'; threshold_mode, interval and interval_freq are known from TorchTNT, cumulative_delta from ignite.
#include <treino/callback.hpp>
#include <treino/kit/text.hpp>
#include <treino/state_version.hpp>

#include "best_weights.hpp"
#include "shared/training/finite_weights.hpp"
#include "shared/training/improvement.hpp"

namespace {

using treino::Event;
using treino::short_text;

class EarlyStopping final : public treino::Callback {
 public:
  explicit EarlyStopping(const treino::Setup& setup)
      : Callback(setup),
        monitor_(setup),
        improves_(setup),
        patience_(setup.get<std::uint64_t>("patience")),
        start_from_epoch_(setup.get<std::uint64_t>("start_from_epoch")),
        interval_freq_(setup.get<std::uint64_t>("interval_freq")),
        by_steps_(setup.get<std::string>("interval") == "step"),
        cumulative_(setup.get<bool>("cumulative_delta")),
        verbose_(setup.get<std::int64_t>("verbose") > 0),
        restore_best_weights_(setup.get<bool>("restore_best_weights")),
        check_finite_(setup.get<bool>("check_finite")),
        baseline_(setup.find<double>("baseline")),
        stopping_threshold_(setup.find<double>("stopping_threshold")),
        divergence_threshold_(setup.find<double>("divergence_threshold")) {
    if (!restore_best_weights_) return;
    TREINO_REQUIRE_SERVICE(host(), TREINO_MODEL_SERVICE);
    TREINO_REQUIRE_SERVICE(host(), TREINO_WEIGHTS_SERVICE);
    TREINO_REQUIRE_SERVICE(host(), TREINO_RUN_SERVICE);
    best_weights_ = host().make_weights(early_stopping::name_of_set(host().run().instance));
  }

  void on_run_begin(const Event&) override {
    monitor_.find();
    if (by_steps_ && monitor_.name().rfind("val_", 0) == 0)
      throw std::invalid_argument("interval = \"step\" looks at the monitor while an epoch is trained, where '" +
                                  monitor_.name() + "' has no value: monitor '" + monitor_.name().substr(4) +
                                  "', or use interval = \"epoch\"");
  }

  void on_epoch_end(const Event& event) override {
    within_epoch_ = false;
    if (treino::outcome_of(event) == treino::Outcome::running) look(event, event.epoch, event.epoch + 1);
  }
  void on_validation_end(const Event& event) override {
    within_epoch_ = monitor_.is_due_within_epoch(event);
    if (within_epoch_) look(event, event.epoch, event.epoch + 1);
  }
  void on_step_end(const Event& event) override { look(event, event.step - 1, event.step); }

  std::uint64_t wanted() const override {
    const std::uint64_t epochs = std::uint64_t{1} << TREINO_EPOCH_END | std::uint64_t{1} << TREINO_VALIDATION_END;
    return ~(by_steps_ ? epochs : std::uint64_t{1} << TREINO_STEP_END);
  }

  void on_run_end(const Event& event) override {
    if (treino::outcome_of(event) == treino::Outcome::failed || !keeps_best_) return;
    if (!weights_changed()) return;
    for (std::uint32_t i = 0; i < host().parameter_count(); ++i) host().set_parameter(i, host().weights(*best_weights_, i));
    if (verbose_)
      host().info("restored the weights of " + place(best_at_) + " (" + monitor_.name() + " " + short_text(best_.value_or(0)) +
                  ")");
  }

  // The best weights themselves are the host's to save.
  void save(treino::Writer& writer) const override {
    monitor_.save(writer);
    write_optional(writer, best_);
    writer.write(best_at_);
    writer.write(wait_);
    writer.write(keeps_best_);
    writer.write(by_steps_);
  }

  void load(treino::Reader& reader, std::uint32_t version) override {
    treino::expect_state_version(version, 3);
    bool same = monitor_.matches(reader);
    const auto best = treino::read_optional(reader);
    const auto best_at = reader.get<std::uint64_t>();
    const auto wait = reader.get<std::uint64_t>();
    const bool keeps_best = reader.get<bool>();
    same = reader.get<bool>() == by_steps_ && same;
    reader.finish();
    if (!same) return;
    best_ = best;
    best_at_ = best_at;
    wait_ = wait;
    keeps_best_ = keeps_best && restore_best_weights_;
  }

 private:
  /// `at`: the epoch or step that has been trained, from 0; `done`: how many.
  void look(const Event& event, std::uint64_t at, std::uint64_t done) {
    if (done % interval_freq_ != 0 || event.epoch < start_from_epoch_) return;
    const std::optional<double> value = monitor_.value();
    if (!value) return;
    count(*value, at);
    decide(*value, at);
  }

  void count(double value, std::uint64_t at) {
    ++wait_;
    if (improves_(monitor_, value, best_)) {
      const bool beats_baseline = !baseline_ || improves_(monitor_, value, *baseline_);
      if (take(value, at) && beats_baseline) wait_ = 0;
    } else if (!cumulative_ && monitor_.better(value, best_)) {
      take(value, at);
    }
  }

  /// As the best, with the weights that the value was measured with: averages that validation used, or else what is in the model.
  /// False where these are damaged: a value may be good that was measured before the last step spoilt the weights.
  bool take(double value, std::uint64_t at) {
    if (restore_best_weights_ && !keep_weights(value, at)) return false;
    best_ = value;
    best_at_ = at;
    return true;
  }

  void decide(double value, std::uint64_t at) {
    const std::string now = monitor_.name() + " is " + short_text(value) + " at " + place(at);
    if (check_finite_ && !std::isfinite(value)) return host().stop(now + " (" + best_text() + ")", treino::Outcome::diverged);
    if (divergence_threshold_ && monitor_.better(*divergence_threshold_, value))
      return host().stop(now + ", beyond divergence_threshold " + short_text(*divergence_threshold_) + " (" + best_text() + ")",
                         treino::Outcome::diverged);
    if (stopping_threshold_ && !std::isnan(value) && !monitor_.better(*stopping_threshold_, value))
      return host().stop(now + ", stopping_threshold " + short_text(*stopping_threshold_) + " is reached (" + best_text() + ")");
    // The first value of all has nothing to be compared with.
    if (wait_ > 0 && wait_ >= patience_ && (at >= interval_freq_ || wait_ > 1))
      host().stop(monitor_.name() + " has not improved" + baseline_text() + " for " + std::to_string(wait_) + unit() +
                  (wait_ == 1 ? " (" : "s (") + short_text(value) + " at " + place(at) + ", " + best_text() + ")");
  }

  /// What patience counts.
  const char* unit() const { return by_steps_ || interval_freq_ > 1 ? " check" : within_epoch_ ? " validation" : " epoch"; }
  std::string place(std::uint64_t at) const { return (by_steps_ ? "step " : "epoch ") + std::to_string(at + 1); }
  std::string best_text() const { return best_ ? "best " + short_text(*best_) + " at " + place(best_at_) : "no best yet"; }
  std::string baseline_text() const {
    return baseline_ && !(best_ && improves_(monitor_, *best_, *baseline_)) ? " on the baseline " + short_text(*baseline_) : "";
  }

  bool weights_changed() const {
    for (std::uint32_t i = 0; i < host().parameter_count(); ++i)
      if (!treino::equal_elements(host().weights(*best_weights_, i), host().parameter(i))) return true;
    return false;
  }

  bool keep_weights(double value, std::uint64_t at) {
    const std::string measured_with = monitor_.measured_with();
    if (const auto bad = treino::damaged_parameter(host(), measured_with)) {
      if (!std::exchange(complained_, true))
        host().warn(monitor_.name() + " " + short_text(value) + " at " + place(at) + " does not count: " +
                    host().parameter_name(*bad) + " is NaN or infinite, and such weights are never the best (said once)");
      return false;
    }
    const treino::NamedWeights weights(host(), measured_with);
    for (std::uint32_t i = 0; i < host().parameter_count(); ++i)
      treino::copy_elements(host().weights(*best_weights_, i), weights[i]);
    return keeps_best_ = true;
  }

  treino::Monitor monitor_;
  treino::Improvement improves_;
  std::uint64_t patience_, start_from_epoch_, interval_freq_;
  bool by_steps_, cumulative_, verbose_, restore_best_weights_, check_finite_;
  std::optional<double> baseline_, stopping_threshold_, divergence_threshold_;

  std::optional<double> best_;
  std::uint64_t best_at_ = 0;  // an epoch, or a step, from 0
  std::uint64_t wait_ = 0;
  std::optional<std::uint32_t> best_weights_;  // a set of the host's
  bool keeps_best_ = false;                    // there have been any
  bool complained_ = false;
  bool within_epoch_ = false;  // what is looked at
};

}  // namespace

TREINO_PLUGIN(EarlyStopping, R"toml(
kind = "callback"
id = "early_stopping"
version = "1.3.0"
state_version = 3
summary = "Stops training when a monitored metric has stopped improving."
phase = "decide"
events = ["run_begin", "epoch_end", "validation_end", "step_end", "run_end"]
ranks = "all"
help = """
An epoch improves when value + margin < best (mode min) or value - margin > best (mode max); margin is min_delta (threshold_mode abs)
or min_delta * |best| (rel). The run ends after the epoch that brings the count of epochs since the last improvement to `patience`; 0 and
1 both end it at the first epoch without one. With a baseline the count starts again only when the best value and the baseline are both
beaten. With cumulative_delta = false a value that is better than the best by less than the margin becomes the best, though the count
continues: ignite's default, where many small gains one after the other never count; Keras lets them add up.
Epochs without a value (no validation at their end) and those that were cut short are not counted. Where [run] validate_every asks for
validation within epochs and a value of validation is monitored, each validation counts as an epoch does. NaN is never an improvement, nor is, with
restore_best_weights, a value whose weights are NaN or infinite.
interval = "step" looks at the monitor, a running mean over the epoch so far, after each interval_freq optimizer steps, with "epoch" it
is each interval_freq epochs; patience counts those checks. TorchTNT's `phase` is not needed: an epoch's end comes after its validation,
and "val_" before the monitor's name says whose value it is; within a validation nothing is decided, since it is never cut short.
restore_best_weights keeps a copy of all weights, and brings it back however the run ends, unless it failed. It is a copy of the weights
that the monitored value was measured with: of the averages, where swap_ema_weights has them in the model during validation and a number
of validation is monitored. The copy is a set of weights of its own ("best_of_" and the callback's name), held once, in checkpoints too.
Outcome: early_stopped; diverged where check_finite or divergence_threshold ended it.
State: best value and its epoch or step, the count, the set of the best weights. With another monitor, mode or interval than the saved one
it starts from nothing.
"""
)toml" TREINO_MONITOR_TOML TREINO_MIN_DELTA_TOML("0.0") TREINO_THRESHOLD_MODE_TOML R"toml(
[parameters.cumulative_delta]
type = "bool"
default = true
doc = "gains below min_delta add up until they exceed it; false: each is compared with the best value of all"

[parameters.patience]
type = "int"
default = 0
min = 0
doc = "epochs (checks, see interval) without improvement after which the run ends"

[parameters.interval]
type = "string"
default = "epoch"
choices = ["epoch", "step"]
doc = "what is counted by interval_freq: epochs or optimizer steps"

[parameters.verbose]
type = "int"
default = 1
min = 0
max = 1
doc = "1: a line in the log when weights are restored; why the run ended is told in any case"
)toml" TREINO_MODE_TOML R"toml(
[parameters]
interval_freq = { type = "int", default = 1, min = 1, doc = "epochs or steps from one check to the next" }
baseline = { type = "float", doc = "a value that must be beaten for the count to start again" }
restore_best_weights = { type = "bool", default = false, doc = "end with the weights of the best epoch instead of the last" }
start_from_epoch = { type = "int", default = 0, min = 0, doc = "epochs before this one (from 0) are not looked at" }
stopping_threshold = { type = "float", doc = "end the run as soon as the metric is this good" }
divergence_threshold = { type = "float", doc = "end the run as soon as the metric is worse than this" }
check_finite = { type = "bool", default = true, doc = "end the run when the metric is NaN or infinite" }
)toml")
