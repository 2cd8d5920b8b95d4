// The learning rate and what it is made of as scalars for every sink. Name and parameters are TorchTNT's (and Lightning's).
#include <treino/callback.hpp>

namespace {

using treino::Event;

class LearningRateMonitor final : public treino::Callback {
 public:
  explicit LearningRateMonitor(const treino::Setup& setup)
      : Callback(setup),
        each_step_(setup.get<std::string>("logging_interval") == "step"),
        rate_(host().declare("lr")),
        base_(host().declare("lr_base")),
        factor_(host().declare("lr_factor")) {
    // Phase act: those that decide on factors have been created.
    for (const auto& [who, value] : host().learning_rate_factors())
      factors_.emplace_back(who, host().declare("lr_factor_" + who));
    if (setup.get<bool>("log_momentum")) momentum_ = host().declare("momentum");
    if (setup.get<bool>("log_weight_decay")) weight_decay_ = host().declare("weight_decay");
  }

  void on_run_begin(const Event&) override {
    if (momentum_ && std::isnan(host().momentum()))
      throw std::invalid_argument("log_momentum: the optimizer has no momentum; leave it out");
    if (weight_decay_ && std::isnan(host().weight_decay()))
      throw std::invalid_argument("log_weight_decay: the optimizer has no weight decay; leave it out");
  }
  /// Later than epoch_begin, at which other callbacks may still set the rate.
  void on_batch_begin(const Event& event) override {
    if (event.batch == 0) emit(event.learning_rate);
  }
  void on_step_end(const Event& event) override { emit(event.learning_rate); }

  std::uint64_t wanted() const override { return ~(std::uint64_t{1} << (each_step_ ? TREINO_BATCH_BEGIN : TREINO_STEP_END)); }

 private:
  void emit(double rate) const {
    host().log_scalar(rate_, rate);
    host().log_scalar(base_, host().base_learning_rate());
    const auto set = host().learning_rate_factors();
    double product = 1;
    for (const auto& factor : set) product *= factor.second;
    host().log_scalar(factor_, product);
    for (const auto& [name, number] : factors_) {
      double value = 1;
      for (const auto& factor : set)
        if (factor.first == name) value = factor.second;
      host().log_scalar(number, value);
    }
    if (momentum_) host().log_scalar(*momentum_, host().momentum());
    if (weight_decay_) host().log_scalar(*weight_decay_, host().weight_decay());
  }

  bool each_step_;
  treino::Scalar rate_, base_, factor_;
  std::vector<std::pair<std::string, treino::Scalar>> factors_;  // by the instances that set them
  std::optional<treino::Scalar> momentum_, weight_decay_;
};

}  // namespace

TREINO_PLUGIN(LearningRateMonitor, R"toml(
kind = "callback"
id = "learning_rate_monitor"
version = "1.0.0"
summary = "Logs the learning rate as a scalar."
phase = "act"
events = ["run_begin", "batch_begin", "step_end"]
scalars = ["lr", "lr_base", "lr_factor", "lr_factor_*", "momentum", "weight_decay"]
no_direction = true
help = """
lr: the rate that the optimizer uses. lr_base: what the schedulers begin with. lr_factor: the product of the factors that callbacks
put on what the schedulers give; lr_factor_<name>: that of the callback <name>, for those that set one from the beginning
(reduce_lr_on_plateau). A floor (min_lr) can make lr larger than the product says.
logging_interval = "epoch" logs the values of the first step of each epoch, "step" those of every step, when it has been taken.
"""

[parameters.logging_interval]
type = "string"
default = "epoch"
choices = ["epoch", "step"]
doc = "how often"

[parameters.log_momentum]
type = "bool"
default = false
doc = "log momentum too; an error where the optimizer has none"

[parameters.log_weight_decay]
type = "bool"
default = false
doc = "log weight_decay too; an error where the optimizer has none"
)toml")
