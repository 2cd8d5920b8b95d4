// Cuts the learning rate when a metric has stopped improving. A factor on the run's one learning rate, so that schedulers and warm-up stay
// in force below it. Names and defaults are Keras'; compat = "torch" counts as torch.optim.lr_scheduler.ReduceLROnPlateau does.
#include <algorithm>
#include <treino/callback.hpp>
#include <treino/kit/text.hpp>

#include "shared/training/improvement.hpp"

namespace {

using treino::Event;
using treino::short_text;

class ReduceLrOnPlateau final : public treino::Callback {
 public:
  explicit ReduceLrOnPlateau(const treino::Setup& setup)
      : Callback(setup),
        monitor_(setup),
        improves_(setup),
        factor_(setup.get<double>("factor")),
        eps_(setup.get<double>("eps")),
        min_rate_(setup.get<double>("min_lr")),
        patience_(setup.get<std::uint64_t>("patience")),
        cooldown_(setup.get<std::uint64_t>("cooldown")),
        verbose_(setup.get<std::int64_t>("verbose") > 0),
        torch_(setup.get<std::string>("compat") == "torch") {
    host().set_learning_rate_factor(1);  // so that who shows factors knows of this one from the beginning
  }

  void on_run_begin(const Event&) override {
    monitor_.find();
    if (product_ != 1) host().set_learning_rate_factor(product_, min_rate_);
  }

  void on_epoch_end(const Event& event) override {
    if (treino::outcome_of(event) == treino::Outcome::running) look(event, "epoch");
  }
  void on_validation_end(const Event& event) override {
    if (monitor_.is_due_within_epoch(event)) look(event, "validation");
  }

  void save(treino::Writer& writer) const override {
    monitor_.save(writer);
    write_optional(writer, best_);
    writer.write(wait_);
    writer.write(cooldown_left_);
    writer.write(product_);
  }

  void load(treino::Reader& reader, std::uint32_t) override {
    const bool same = monitor_.matches(reader);
    const auto best = treino::read_optional(reader);
    const auto wait = reader.get<std::uint64_t>();
    const auto cooldown_left = reader.get<std::uint64_t>();
    const auto product = reader.get<double>();
    reader.finish();
    product_ = product;  // the rate continues from where it was, whatever is watched now
    if (!same) return;
    best_ = best;
    wait_ = wait;
    cooldown_left_ = cooldown_left;
  }

 private:
  /// `counted`: what patience counts.
  void look(const Event& event, const std::string& counted) {
    const std::optional<double> value = monitor_.value();
    if (!value) return;
    const bool improved = improves_(monitor_, *value, best_);
    if (improved) best_ = value;
    if (cooldown_left_ > 0) {
      --cooldown_left_;
      wait_ = 0;
      return;
    }
    wait_ = improved ? 0 : wait_ + 1;
    if (torch_ ? wait_ > patience_ : wait_ > 0 && wait_ >= patience_) cut(event.epoch, counted);
  }

  void cut(std::uint64_t epoch, const std::string& counted) {
    const double before = host().learning_rate(), after = std::max(before * factor_, min_rate_);
    const std::uint64_t waited = wait_;
    const bool pays = before > min_rate_ && before - after > eps_;
    if (pays || torch_) {
      cooldown_left_ = cooldown_;
      wait_ = 0;
    }
    if (!pays) return;
    product_ *= factor_;
    host().set_learning_rate_factor(product_, min_rate_);
    if (verbose_)
      host().info("epoch " + std::to_string(epoch + 1) + ": " + monitor_.name() + " has not improved for " +
                  std::to_string(waited) + " " + counted + (waited == 1 ? "" : "s") +
                  (best_ ? " (best " + short_text(*best_) + ")" : "") + ", learning rate " + short_text(before) + " -> " +
                  short_text(after));
  }

  treino::Monitor monitor_;
  treino::Improvement improves_;
  double factor_, eps_, min_rate_;
  std::uint64_t patience_, cooldown_;
  bool verbose_, torch_;

  std::optional<double> best_;
  std::uint64_t wait_ = 0, cooldown_left_ = 0;
  double product_ = 1;  // of all cuts so far
};

}  // namespace

TREINO_PLUGIN(ReduceLrOnPlateau, R"toml(
kind = "callback"
id = "reduce_lr_on_plateau"
version = "1.2.0"
summary = "Reduces the learning rate when a monitored metric has stopped improving."
phase = "decide"
events = ["run_begin", "epoch_end", "validation_end"]
help = """
After `patience` epochs without improvement the rate is multiplied by `factor`, and the next `cooldown` epochs are not counted.
compat = "keras" cuts when the count reaches patience, "torch" when it exceeds it: with a flat number and patience 2, after the epochs
2, 4, 6 or 3, 6, 9 (from 0). A cooldown of n holds the count for n epochs, as in torch; in Keras it is n - 1, so that 1 has no effect.
An epoch improves when value + margin < best (mode min) or value - margin > best (mode max); margin is min_delta (threshold_mode abs)
or min_delta * |best| (rel), which is right for negative numbers too. NaN counts as an epoch without improvement, an epoch without a
value (no validation at its end), or one that was cut short, is not counted. Where [run] validate_every asks for validation within epochs
and a value of validation is monitored, each validation counts as an epoch does. The cut is a factor on what the schedulers give, warm-up included; min_lr is a floor
for the factor: a schedule that goes lower by itself may. All parameters have one learning rate, so min_lr is one number and no list.
A cut by no more than eps is not made; the count then continues in "keras", and begins again, cooldown and all, in "torch".
State: best, the counts, the factor so far. With another monitor or mode than the saved one only the factor is taken over.
"""
)toml" TREINO_MONITOR_TOML R"toml(
[parameters.factor]
type = "float"
default = 0.1
above = 0.0
below = 1.0
doc = "what the rate is multiplied by"

[parameters.patience]
type = "int"
default = 10
min = 0
doc = "epochs without improvement before a cut"
)toml" TREINO_MODE_TOML TREINO_MIN_DELTA_TOML("1e-4") R"toml(
[parameters.cooldown]
type = "int"
default = 0
min = 0
doc = "epochs after a cut that are not counted"

[parameters.min_lr]
type = "float"
default = 0.0
min = 0.0
doc = "the rate is not cut below this"

[parameters.eps]
type = "float"
default = 0.0
min = 0.0
doc = "a cut must lower the rate by more than this; torch's default is 1e-8"

[parameters.verbose]
type = "int"
default = 1
min = 0
max = 1
doc = "1: a line in the log at each cut"
)toml" TREINO_THRESHOLD_MODE_TOML R"toml(
[parameters.compat]
type = "string"
default = "keras"
choices = ["keras", "torch"]
doc = "whose way of counting"
)toml")
