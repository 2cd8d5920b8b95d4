// Early stopping: ends the run when a number has not improved for `patience` epochs, and can bring back the weights of the best
// epoch. Lutz Prechelt, Early Stopping - But When?, in: Neural Networks: Tricks of the Trade (1998). Names and defaults are
// Keras'.
#define TREINO_NEEDED_MINOR 2u
#include <treino/callback.hpp>
#include <treino/monitor.hpp>
#include <treino/weight_loops.hpp>

namespace {

using treino::Moment;
using treino::short_text;

/// Sets of weights have names of lower-case letters, digits and underscores.
std::string name_of_set(const std::string& instance) {
  constexpr char digits[] = "0123456789abcdef";
  std::string name = "best_of_";
  for (const char letter : instance) {
    const auto byte = static_cast<unsigned char>(letter);
    if ((letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '_')
      name += letter;
    else
      name.append({'x', digits[byte / 16], digits[byte % 16]});
  }
  return name;
}

class EarlyStopping final : public treino::Callback {
 public:
  explicit EarlyStopping(const treino::Setup& setup)
      : Callback(setup),
        monitor_(setup),
        min_delta_(setup.get<double>("min_delta")),
        patience_(setup.get<std::uint64_t>("patience")),
        start_from_epoch_(setup.get<std::uint64_t>("start_from_epoch")),
        restore_best_weights_(setup.get<bool>("restore_best_weights")),
        check_finite_(setup.get<bool>("check_finite")),
        baseline_(setup.find<double>("baseline")),
        stopping_threshold_(setup.find<double>("stopping_threshold")),
        divergence_threshold_(setup.find<double>("divergence_threshold")) {
    if (!restore_best_weights_) return;
    TREINO_REQUIRE_SERVICE(host(), TREINO_MODEL_SERVICE);
    TREINO_REQUIRE_SERVICE(host(), TREINO_WEIGHTS_SERVICE);
    TREINO_REQUIRE_SERVICE(host(), TREINO_RUN_SERVICE);
    best_weights_ = host().make_weights(name_of_set(host().run().instance));
  }

  void on_run_begin(const Moment&) override { monitor_.find(); }

  void on_epoch_end(const Moment& moment) override {
    const std::optional<double> value = monitor_.value();
    if (!value || moment.epoch < start_from_epoch_ || moment.outcome != TREINO_RUNNING) return;
    count(*value, moment.epoch);
    decide(*value, moment.epoch);
  }

  void on_run_end(const Moment& moment) override {
    if (moment.outcome == TREINO_RUN_FAILED || !keeps_best_) return;
    if (!weights_changed()) return;
    for (std::uint32_t i = 0; i < host().parameter_count(); ++i) host().set_parameter(i, host().weights(*best_weights_, i));
    host().info("restored the weights of epoch " + std::to_string(best_epoch_ + 1) + " (" + monitor_.name() + " " +
                short_text(best_.value_or(0)) + ")");
  }

  // The best weights themselves are the host's to save.
  void save(treino::Writer& writer) const override {
    monitor_.save(writer);
    write_optional(writer, best_);
    writer.write(best_epoch_);
    writer.write(wait_);
    writer.write(keeps_best_);
  }

  void load(treino::Reader& reader, std::uint32_t version) override {
    const bool same = monitor_.matches(reader);
    const auto best = treino::read_optional(reader);
    const auto best_epoch = reader.get<std::uint64_t>();
    const auto wait = reader.get<std::uint64_t>();
    const bool keeps_best = version == 1 ? read_weights(reader, same) : reader.get<bool>();
    reader.finish();
    if (!same) return;
    best_ = best;
    best_epoch_ = best_epoch;
    wait_ = wait;
    keeps_best_ = keeps_best && restore_best_weights_;
  }

 private:
  void count(double value, std::uint64_t epoch) {
    ++wait_;
    if (!monitor_.better(value, best_, min_delta_)) return;
    best_ = value;
    best_epoch_ = epoch;
    if (restore_best_weights_) keep_weights();
    if (!baseline_ || monitor_.better(value, *baseline_, min_delta_)) wait_ = 0;
  }

  void decide(double value, std::uint64_t epoch) {
    const std::string now = monitor_.name() + " is " + short_text(value) + " at epoch " + std::to_string(epoch + 1);
    if (check_finite_ && !std::isfinite(value)) return host().stop(now + " (" + best_text() + ")", treino::Outcome::diverged);
    if (divergence_threshold_ && monitor_.better(*divergence_threshold_, value))
      return host().stop(now + ", beyond divergence_threshold " + short_text(*divergence_threshold_) + " (" + best_text() + ")",
                         treino::Outcome::diverged);
    if (stopping_threshold_ && !std::isnan(value) && !monitor_.better(*stopping_threshold_, value))
      return host().stop(now + ", stopping_threshold " + short_text(*stopping_threshold_) + " is reached (" + best_text() + ")");
    // The first epoch of all has nothing to be compared with.
    if (wait_ > 0 && wait_ >= patience_ && epoch > 0)
      host().stop(monitor_.name() + " has not improved" + baseline_text() + " for " + std::to_string(wait_) +
                  (wait_ == 1 ? " epoch (" : " epochs (") + short_text(value) + " at epoch " + std::to_string(epoch + 1) + ", " +
                  best_text() + ")");
  }

  std::string best_text() const {
    return best_ ? "best " + short_text(*best_) + " at epoch " + std::to_string(best_epoch_ + 1) : "no best yet";
  }
  std::string baseline_text() const {
    return baseline_ && !(best_ && monitor_.better(*best_, *baseline_, min_delta_)) ? " on the baseline " + short_text(*baseline_)
                                                                                    : "";
  }

  bool weights_changed() const {
    for (std::uint32_t i = 0; i < host().parameter_count(); ++i)
      if (!treino::equal_elements(host().weights(*best_weights_, i), host().parameter(i))) return true;
    return false;
  }

  /// Those that the value was measured with: averages that validation used, or else what is in the model.
  void keep_weights() {
    const std::string measured_with = monitor_.measured_with();
    const auto set = measured_with.empty() ? std::nullopt : std::optional(host().find_weights(measured_with));
    for (std::uint32_t i = 0; i < host().parameter_count(); ++i)
      treino::copy_elements(host().weights(*best_weights_, i), set ? host().weights(*set, i) : host().parameter(i));
    keeps_best_ = true;
  }

  /// States of version 1 hold the best weights themselves. Whether there are any.
  bool read_weights(treino::Reader& reader, bool wanted) {
    std::vector<std::vector<float>> weights;
    for (auto left = reader.get<std::uint64_t>(); left > 0; --left) reader.read(weights.emplace_back());
    if (weights.empty() || !wanted || !restore_best_weights_) return false;
    bool fit = weights.size() == host().parameter_count();
    for (std::uint32_t i = 0; fit && i < weights.size(); ++i)
      fit = static_cast<std::int64_t>(weights[i].size()) == treino::size_of(host().parameter(i));
    if (!fit) throw std::runtime_error("the best weights in the saved state are those of another model");
    for (std::uint32_t i = 0; i < weights.size(); ++i) {
      const treino_tensor view = host().weights(*best_weights_, i);
      const treino::Elements<float> to(view);
      for (std::size_t at = 0; at < weights[i].size(); ++at) to[static_cast<std::int64_t>(at)] = weights[i][at];
    }
    return true;
  }

  treino::Monitor monitor_;
  double min_delta_;
  std::uint64_t patience_, start_from_epoch_;
  bool restore_best_weights_, check_finite_;
  std::optional<double> baseline_, stopping_threshold_, divergence_threshold_;

  std::optional<double> best_;
  std::uint64_t best_epoch_ = 0, wait_ = 0;
  std::optional<std::uint32_t> best_weights_;  // a set of the host's
  bool keeps_best_ = false;                    // there have been any
};

}  // namespace

TREINO_PLUGIN(EarlyStopping, R"toml(
kind = "callback"
id = "early_stopping"
version = "1.1.0"
state_version = 2
summary = "ends the run when a number has stopped improving"
phase = "decide"
events = ["run_begin", "epoch_end", "run_end"]
help = """
An epoch improves when value + min_delta < best (mode min) or value - min_delta > best (mode max). The run ends after the epoch that
brings the count of epochs since the last improvement to `patience`; 0 and 1 both end it at the first epoch without one.
With a baseline the count starts anew only when the best value and the baseline are both beaten.
Epochs without a value (no validation in them) and those that were cut short are not counted. NaN is never an improvement.
restore_best_weights keeps a copy of all weights, and brings it back however the run ends, unless it failed. It is a copy of the weights
that the monitored value was measured with: of the averages, where swap_ema_weights has them in the model during validation and a number
of validation is monitored. The copy is a set of weights of its own ("best_of_" and the callback's name), held once, in checkpoints too.
Outcome: early_stopped; diverged where check_finite or divergence_threshold ended it.
State: best value and epoch, the count, the set of the best weights. With another monitor or mode than the saved one it starts from nothing.
"""

[parameters.monitor]
type = "monitor"
default = "val_loss"
doc = "the number to watch"

[parameters.min_delta]
type = "float"
default = 0.0
min = 0.0
doc = "by more than this a value must be better to count, in units of the number"

[parameters.patience]
type = "int"
default = 0
min = 0
doc = "epochs without improvement after which the run ends"

[parameters.mode]
type = "string"
default = "auto"
choices = ["auto", "min", "max"]
doc = "which way is better; auto: as the number itself says"

[parameters.baseline]
type = "float"
doc = "a value that must be beaten for the count to start anew"

[parameters.restore_best_weights]
type = "bool"
default = false
doc = "end with the weights of the best epoch instead of the last"

[parameters.start_from_epoch]
type = "int"
default = 0
min = 0
doc = "epochs before this one (from 0) are not looked at"

[parameters.stopping_threshold]
type = "float"
doc = "end the run as soon as the number is this good"

[parameters.divergence_threshold]
type = "float"
doc = "end the run as soon as the number is worse than this"

[parameters.check_finite]
type = "bool"
default = true
doc = "end the run when the number is NaN or infinite"
)toml")
