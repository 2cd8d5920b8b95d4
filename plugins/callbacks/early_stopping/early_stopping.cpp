// Early stopping: ends the run when a number has not improved for `patience` epochs, and can bring back the weights of the best
// epoch. Lutz Prechelt, Early Stopping - But When?, in: Neural Networks: Tricks of the Trade (1998). Names and defaults are
// Keras'.
#include <treino/callback.hpp>
#include <treino/monitor.hpp>
#include <treino/tensor.hpp>

namespace {

using treino::Moment;
using treino::short_text;

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
        divergence_threshold_(setup.find<double>("divergence_threshold")) {}

  void on_run_begin(const Moment&) override {
    monitor_.find();
    check_weights();
  }

  void on_epoch_end(const Moment& moment) override {
    const std::optional<double> value = monitor_.value();
    if (!value || moment.epoch < start_from_epoch_ || moment.outcome != TREINO_RUNNING) return;
    count(*value, moment.epoch);
    decide(*value, moment.epoch);
  }

  void on_run_end(const Moment& moment) override {
    if (moment.outcome == TREINO_RUN_FAILED || best_weights_.empty()) return;
    if (!weights_changed()) return;
    for (std::uint32_t i = 0; i < best_weights_.size(); ++i) restore(i);
    host().info("restored the weights of epoch " + std::to_string(best_epoch_ + 1) + " (" + monitor_.name() + " " +
                short_text(best_.value_or(0)) + ")");
  }

  void save(treino::Writer& writer) const override {
    monitor_.save(writer);
    write_optional(writer, best_);
    writer.write(best_epoch_);
    writer.write(wait_);
    writer.write(best_weights_);
  }

  void load(treino::Reader& reader, std::uint32_t) override {
    const bool same = monitor_.matches(reader);
    const auto best = treino::read_optional(reader);
    const auto best_epoch = reader.get<std::uint64_t>();
    const auto wait = reader.get<std::uint64_t>();
    std::vector<std::vector<float>> weights;
    for (auto left = reader.get<std::uint64_t>(); left > 0; --left) reader.read(weights.emplace_back());
    reader.finish();
    if (!same) return;
    best_ = best;
    best_epoch_ = best_epoch;
    wait_ = wait;
    if (restore_best_weights_) best_weights_ = std::move(weights);
  }

 private:
  void count(double value, std::uint64_t epoch) {
    ++wait_;
    if (!monitor_.better(value, best_, min_delta_)) return;
    best_ = value;
    best_epoch_ = epoch;
    if (restore_best_weights_) copy_weights();
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
    for (std::uint32_t i = 0; i < best_weights_.size(); ++i) {
      const treino_tensor view = host().parameter(i);
      const treino::Elements<float> values(view);
      for (std::size_t at = 0; at < best_weights_[i].size(); ++at)
        if (best_weights_[i][at] != values[static_cast<std::int64_t>(at)]) return true;
    }
    return false;
  }

  void copy_weights() {
    best_weights_.resize(host().parameter_count());
    for (std::uint32_t i = 0; i < best_weights_.size(); ++i) {
      const treino_tensor view = host().parameter(i);
      const treino::Elements<float> values(view);
      best_weights_[i].resize(static_cast<std::size_t>(values.size()));
      for (std::size_t at = 0; at < best_weights_[i].size(); ++at) best_weights_[i][at] = values[static_cast<std::int64_t>(at)];
    }
  }

  void restore(std::uint32_t index) {
    treino_tensor view = host().parameter(index);
    std::vector<std::int64_t> strides(view.rank, 1);
    for (std::uint32_t i = view.rank; i-- > 1;) strides[i - 1] = strides[i] * view.shape[i];
    view.data = best_weights_[index].data();
    view.strides = strides.data();
    view.byte_offset = 0;
    host().set_parameter(index, view);
  }

  /// Loaded ones may be of another model.
  void check_weights() const {
    bool fit = best_weights_.empty() || best_weights_.size() == host().parameter_count();
    for (std::uint32_t i = 0; fit && i < best_weights_.size(); ++i)
      fit = static_cast<std::int64_t>(best_weights_[i].size()) == treino::size_of(host().parameter(i));
    if (!fit) throw std::runtime_error("the best weights in the saved state are those of another model");
  }

  treino::Monitor monitor_;
  double min_delta_;
  std::uint64_t patience_, start_from_epoch_;
  bool restore_best_weights_, check_finite_;
  std::optional<double> baseline_, stopping_threshold_, divergence_threshold_;

  std::optional<double> best_;
  std::uint64_t best_epoch_ = 0, wait_ = 0;
  std::vector<std::vector<float>> best_weights_;  // one a parameter; empty: none kept
};

}  // namespace

TREINO_PLUGIN(EarlyStopping, R"toml(
kind = "callback"
id = "early_stopping"
version = "1.0.0"
summary = "ends the run when a number has stopped improving"
phase = "decide"
events = ["run_begin", "epoch_end", "run_end"]
help = """
An epoch improves when value + min_delta < best (mode min) or value - min_delta > best (mode max). The run ends after the epoch that
brings the count of epochs since the last improvement to `patience`; 0 and 1 both end it at the first epoch without one.
With a baseline the count starts anew only when the best value and the baseline are both beaten.
Epochs without a value (no validation in them) and those that were cut short are not counted. NaN is never an improvement.
restore_best_weights keeps a copy of all weights in memory and in checkpoints, and brings it back however the run ends, unless it failed.
Outcome: early_stopped; diverged where check_finite or divergence_threshold ended it.
State: best value and epoch, the count, the best weights. With another monitor or mode than the saved one it starts from nothing.
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
