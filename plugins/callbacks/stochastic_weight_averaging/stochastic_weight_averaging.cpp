// Averages the weights at the ends of the last epochs: a point nearer the middle of the valley than any of them. Izmailov et al.,
// Averaging Weights Leads to Wider Optima and Better Generalization, UAI 2018. Parameters are PyTorch Lightning's, the learning
// rate is that of torch.optim.swa_utils.SWALR.
#include <treino/callback.hpp>
#include <treino/kit/text.hpp>
#include <treino/monitor.hpp>

#include "shared/training/finite_weights.hpp"

namespace {

using treino::Event;

constexpr double pi = 3.14159265358979323846;

class StochasticWeightAveraging final : public treino::Callback {
 public:
  explicit StochasticWeightAveraging(const treino::Setup& setup)
      : Callback(setup),
        start_(setup.get<double>("swa_epoch_start")),
        annealing_epochs_(setup.get<double>("annealing_epochs")),
        linear_(setup.get<std::string>("annealing_strategy") == "linear"),
        rate_(setup.find<double>("swa_lr")),
        set_(setup.host().make_weights("swa")) {
    if (start_ >= 1 && start_ != std::floor(start_))
      throw std::invalid_argument("swa_epoch_start is a share of the epochs below 1 or a whole number of epochs, not " +
                                  treino::short_text(start_));
    for (std::uint32_t i = 0; i < host().parameter_count(); ++i) averaged_.push_back(host().trainable(i));
  }

  void on_run_begin(const Event& event) override {
    const double start = start_ < 1 ? start_ * static_cast<double>(event.epochs) : start_;
    start_epoch_ = static_cast<std::uint64_t>(start + 1e-9);
    if (factor_ != 1) host().set_learning_rate_factor(factor_);
    if (event.epochs > 0 && start_epoch_ >= event.epochs)
      host().warn("averaging begins after " + std::to_string(start_epoch_) + " epochs, and the run has " +
                  std::to_string(event.epochs) + ": nothing will be averaged");
  }

  // Schedulers may change the rate at each epoch or step; the factor makes up for it.
  void on_epoch_begin(const Event& event) override { steer(event.epoch); }
  void on_batch_begin(const Event& event) override { steer(event.epoch); }

  void on_epoch_end(const Event& event) override {
    if (treino::outcome_of(event) != treino::Outcome::running || event.epoch < start_epoch_) return;
    // NaN would stay in the averages for good, whatever is done about the weights.
    if (const auto bad = treino::damaged_parameter(host()))
      return host().warn("the weights of epoch " + std::to_string(event.epoch + 1) +
                         " are not averaged: " + host().parameter_name(*bad) + " is NaN or infinite");
    const auto share = static_cast<float>(1.0 / static_cast<double>(++count_));
    for (std::uint32_t i = 0; i < averaged_.size(); ++i) {
      if (averaged_[i] && count_ > 1)
        treino::blend_elements(host().weights(set_, i), host().parameter(i), share);
      else
        treino::copy_elements(host().weights(set_, i), host().parameter(i));
    }
  }

  void on_run_end(const Event& event) override {
    if (count_ == 0 || treino::outcome_of(event) == treino::Outcome::failed ||
        treino::outcome_of(event) == treino::Outcome::interrupted)
      return;
    for (std::uint32_t i = 0; i < averaged_.size(); ++i) host().set_parameter(i, host().weights(set_, i));
    const bool statistics = host().estimate_statistics();
    host().info("the model has the average weights of " + std::to_string(count_) + (count_ == 1 ? " epoch" : " epochs") +
                (statistics ? ", and running statistics to go with them" : ""));
  }

  std::uint64_t wanted() const override {
    return ~(rate_ ? 0 : std::uint64_t{1} << TREINO_EPOCH_BEGIN | std::uint64_t{1} << TREINO_BATCH_BEGIN);
  }

  void save(treino::Writer& writer) const override {
    writer.write(count_);
    writer.write(first_rate_);
    writer.write(factor_);
  }
  void load(treino::Reader& reader, std::uint32_t) override {
    const auto count = reader.get<std::uint64_t>();
    const auto first_rate = reader.get<double>();
    const auto factor = reader.get<double>();
    reader.finish();
    count_ = count;
    if (!rate_) return;
    first_rate_ = first_rate;
    factor_ = factor;
  }

 private:
  void steer(std::uint64_t epoch) {
    if (epoch < start_epoch_) return;
    host().set_learning_rate_factor(1);
    const double scheduled = host().learning_rate();
    if (std::isnan(first_rate_)) first_rate_ = scheduled;
    const double since = static_cast<double>(epoch - start_epoch_);
    const double progress = since < annealing_epochs_ ? since / annealing_epochs_ : 1;
    const double share = linear_ ? progress : (1 - std::cos(pi * progress)) / 2;
    factor_ = scheduled > 0 ? (share * *rate_ + (1 - share) * first_rate_) / scheduled : 1;  // no factor lifts a rate of 0
    host().set_learning_rate_factor(factor_);
  }

  double start_, annealing_epochs_;
  bool linear_;
  std::optional<double> rate_;
  std::uint32_t set_;
  std::vector<bool> averaged_;  // a parameter each; running statistics are not
  std::uint64_t start_epoch_ = 0;

  std::uint64_t count_ = 0;                                       // epochs averaged
  double first_rate_ = std::numeric_limits<double>::quiet_NaN();  // when averaging began
  double factor_ = 1;
};

}  // namespace

TREINO_PLUGIN(StochasticWeightAveraging, R"toml(
kind = "callback"
id = "stochastic_weight_averaging"
version = "1.1.0"
summary = "Averages the weights of the last epochs."
phase = "mutate"
events = ["run_begin", "epoch_begin", "epoch_end", "batch_begin", "run_end"]
ranks = "all"
needs = ["statistics"]
help = """
After swa_epoch_start epochs the weights at the end of each whole epoch are averaged, each counting alike: average += (weights -
average) / n. When the run is done, early stopped or diverged, the averages become the model's weights, and running statistics
(batch_norm's), which belong to other weights, are measured again in one pass through the training data. model.safetensors, the test at
the end, `treino evaluate` and `treino predict` then use the averages; validation on the way uses the weights as they are trained. An
interrupted or failed run keeps its weights, and continues averaging when it is resumed.
swa_lr leads the learning rate, once averaging has begun, to a value that keeps the weights moving: in epoch e of averaging (from 0) the
rate is s * swa_lr + (1 - s) * the rate at which it began, with p = min(1, e / annealing_epochs) and s = p (linear) or
(1 - cos(pi p)) / 2 (cos). It does so as a factor that makes up for schedulers and other factors; a rate that a scheduler has set to 0
stays there. Without swa_lr the rate is left alone. All parameters have one learning rate: where Lightning's swa_lrs takes a list, one
for each parameter group, swa_lr is one number. An epoch that ends with weights that are NaN or infinite is not averaged.
Where another callback also ends the run with weights of its own (swap_ema_weights), that of the two which comes later in the manifest
decides; early_stopping's restore_best_weights comes after both: no validation has measured the average, so that it is never the best.
State: the averages (a set of weights named "swa", in float32), of how many epochs; the rate at the beginning, the factor.
"""

[parameters.swa_epoch_start]
type = "float"
default = 0.8
min = 0.0
doc = "epochs before averaging begins; below 1: as a share of the run's epochs"

[parameters.swa_lr]
type = "float"
above = 0.0
doc = "the learning rate while averaging; left out: that of the schedulers"

[parameters.annealing_epochs]
type = "int"
default = 10
min = 0
doc = "epochs until swa_lr is reached"

[parameters.annealing_strategy]
type = "string"
default = "cos"
choices = ["cos", "linear"]
doc = "the curve on which it is reached"
)toml")
