// Keeps an exponential moving average of the weights, which validation, test and prediction use, and which the run ends with.
// B. T. Polyak, A. B. Juditsky, Acceleration of Stochastic Approximation by Averaging, SIAM J. Control Optim. 30 (1992). Name and
// defaults are Keras'; momentum_warmup and warmup_iters are known from ignite.
#include <treino/callback.hpp>

#include "shared/training/finite_weights.hpp"

namespace {

using treino::Event;

/// The one that is put into the model; another name is kept beside it.
constexpr const char* swapped_set = "ema";

std::uint32_t make_set(const treino::Setup& setup) try {
  return setup.host().make_weights(setup.get<std::string>("set"));
} catch (const std::exception& failure) {
  throw std::invalid_argument(std::string(failure.what()) + "; several moving averages differ in `set`, of which \"" +
                              swapped_set + "\" alone is put into the model");
}

class SwapEmaWeights final : public treino::Callback {
 public:
  explicit SwapEmaWeights(const treino::Setup& setup)
      : Callback(setup),
        share_(1 - setup.get<double>("decay")),
        swaps_(setup.get<std::string>("set") == swapped_set),
        swap_on_epoch_(setup.get<bool>("swap_on_epoch")),
        start_step_(setup.get<std::uint64_t>("start_step")),
        update_every_(setup.get<std::uint64_t>("update_every")),
        first_share_(setup.find<double>("momentum_warmup")),
        warmup_(setup.find<std::uint64_t>("warmup_iters")) {
    if (first_share_.has_value() != warmup_.has_value())
      throw std::invalid_argument(std::string(first_share_ ? "momentum_warmup needs warmup_iters, the updates that it takes"
                                                           : "warmup_iters needs momentum_warmup, where it begins"));
    if (swap_on_epoch_ && !swaps_)
      throw std::invalid_argument(
          "swap_on_epoch = true needs set = \"ema\": averages of another name are never put into the model");
    set_ = make_set(setup);
    for (std::uint32_t i = 0; i < host().parameter_count(); ++i) averaged_.push_back(host().trainable(i));
  }

  void on_epoch_begin(const Event&) override {
    if (host().swapped(set_)) host().swap_weights(set_);
  }

  void on_step_end(const Event& event) override {
    if (event.step > start_step_ && (event.step - start_step_) % update_every_ == 0)
      update((event.step - start_step_) / update_every_, event);
  }

  // The host swaps back when these end, also when they fail.
  void on_validation_begin(const Event&) override { swap_in(); }
  void on_test_begin(const Event&) override { swap_in(); }
  void on_predict_begin(const Event&) override { swap_in(); }

  void on_epoch_end(const Event&) override { swap_in(); }
  void on_run_end(const Event& event) override {
    if (treino::outcome_of(event) != treino::Outcome::failed) swap_in();
  }

  std::uint64_t wanted() const override {
    if (!swaps_) return std::uint64_t{1} << TREINO_STEP_END;
    return ~(swap_on_epoch_ ? 0 : std::uint64_t{1} << TREINO_EPOCH_END);
  }

  // The averages themselves are the host's to save, and whether they are in the model.
  void save(treino::Writer& writer) const override { writer.write(begun_); }
  void load(treino::Reader& reader, std::uint32_t) override {
    const bool begun = reader.get<bool>();
    reader.finish();
    begun_ = begun;
  }

 private:
  /// `number`: from 1, which is the copy.
  void update(std::uint64_t number, const Event& event) {
    // NaN would stay in the averages for good, whatever is done about the weights.
    if (const auto bad = treino::damaged_parameter(host())) {
      if (!std::exchange(complained_, true))
        host().warn("the weights of step " + std::to_string(event.step) + " are not averaged: " + host().parameter_name(*bad) +
                    " is NaN or infinite (said once)");
      return;
    }
    const auto share = static_cast<float>(share_of(number));
    for (std::uint32_t i = 0; i < averaged_.size(); ++i) {
      if (averaged_[i] && begun_)
        treino::blend_elements(host().weights(set_, i), host().parameter(i), share);
      else
        treino::copy_elements(host().weights(set_, i), host().parameter(i));
    }
    begun_ = true;
  }

  /// Of the new weights. In the warm-up it continues a line from the first update after the copy to the last one of warmup_iters.
  double share_of(std::uint64_t number) const {
    if (!warmup_ || number > *warmup_) return share_;
    const auto since = static_cast<double>(number < 2 ? 0 : number - 2);
    return *first_share_ + (share_ - *first_share_) * since / static_cast<double>(std::max<std::uint64_t>(1, *warmup_ - 1));
  }

  /// Never before there is an average.
  void swap_in() {
    if (!begun_ || host().swapped(set_)) return;
    for (std::uint32_t i = 0; i < averaged_.size(); ++i)
      if (!averaged_[i]) treino::copy_elements(host().weights(set_, i), host().parameter(i));
    host().swap_weights(set_);
  }

  double share_;  // of the new weights
  bool swaps_, swap_on_epoch_;
  std::uint64_t start_step_, update_every_;
  std::optional<double> first_share_;
  std::optional<std::uint64_t> warmup_;
  std::uint32_t set_ = 0;
  std::vector<bool> averaged_;  // a parameter each; running statistics are not
  bool begun_ = false, complained_ = false;
};

}  // namespace

TREINO_PLUGIN(SwapEmaWeights, R"toml(
kind = "callback"
id = "swap_ema_weights"
version = "1.1.0"
summary = "Keeps an exponential moving average of the weights for validation, test, prediction and the final model."
phase = "mutate"
events = ["epoch_begin", "epoch_end", "step_end", "validation_begin", "test_begin", "predict_begin", "run_end"]
ranks = "all"
help = """
The first update copies the weights; each one after it sets average = decay * average + (1 - decay) * weights. Updates come after every
`update_every` steps beyond start_step. With momentum_warmup = m and warmup_iters = n the k-th update after the copy takes
(1 - decay) + (m - (1 - decay)) * (n - k) / (n - 1) of the weights while k <= n (ignite's momentum is 1 - decay). Weights that are NaN or
infinite are never averaged, so that the averages are whole where terminate_on_nan goes back. Running statistics (batch_norm's) are not averaged: those of the model go with the averages.
The averages are in the model during validation, test and prediction, and go out of it when that ends, also when it fails; before the
first update they never come in. Training always continues with the weights themselves.
When the run ends, however it does unless it fails, the averages become the model's weights, as they do in Keras: model.safetensors, the
test at the end, `treino evaluate` and `treino predict` all use what validation has used.
What validation was measured with is what is kept as the best: early_stopping's restore_best_weights keeps the averages of the best epoch
where it monitors a number of validation, and model_checkpoint with save_best_only or save_top_k saves them. Its weights = "ema" saves
the averages in any case, "current" the weights that are trained, whatever is in the model; a full checkpoint holds both.
Several in one run keep their averages in sets of their own: `set` names them, and model_checkpoint's weights = "ema_slow" saves them.
Only one can be in the model, the one that is called "ema"; the others are kept beside it and change nothing.
swap_on_epoch puts the averages into the model from the end of each epoch to the beginning of the next, for other callbacks to see.
State: the averages (a set of weights in float32), whether there are any, whether they are in the model.
"""

[parameters.decay]
type = "float"
default = 0.99
min = 0.0
below = 1.0
doc = "how much of the average stays at each update"

[parameters.swap_on_epoch]
type = "bool"
default = false
doc = "leave the averages in the model from the end of each epoch to the next one's beginning"

[parameters.start_step]
type = "int"
default = 0
min = 0
doc = "optimizer steps before averaging begins"

[parameters.update_every]
type = "int"
default = 1
min = 1
doc = "optimizer steps from one update to the next"

[parameters.momentum_warmup]
type = "float"
above = 0.0
max = 1.0
doc = "share of the weights in the first update after the copy; goes to 1 - decay within warmup_iters"

[parameters.warmup_iters]
type = "int"
min = 1
doc = "updates after the copy until the share is 1 - decay"

[parameters.set]
type = "string"
default = "ema"
doc = "name of the set of weights; \"ema\" is put into the model, another is kept beside it"
)toml")
