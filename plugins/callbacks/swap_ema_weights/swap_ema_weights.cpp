// Keeps an exponential moving average of the weights, which validation, test and prediction use, and which the run ends with.
// B. T. Polyak, A. B. Juditsky, Acceleration of Stochastic Approximation by Averaging, SIAM J. Control Optim. 30 (1992). Name and
// defaults are Keras'.
#define TREINO_NEEDED_MINOR 2u
#include <treino/callback.hpp>
#include <treino/weight_loops.hpp>

namespace {

using treino::Moment;

class SwapEmaWeights final : public treino::Callback {
 public:
  explicit SwapEmaWeights(const treino::Setup& setup)
      : Callback(setup),
        share_(static_cast<float>(1 - setup.get<double>("decay"))),
        swap_on_epoch_(setup.get<bool>("swap_on_epoch")),
        start_step_(setup.get<std::uint64_t>("start_step")),
        update_every_(setup.get<std::uint64_t>("update_every")),
        set_(setup.host().make_weights("ema")) {
    for (std::uint32_t i = 0; i < host().parameter_count(); ++i) averaged_.push_back(host().trainable(i));
  }

  void on_epoch_begin(const Moment&) override {
    if (host().swapped(set_)) host().swap_weights(set_);
  }

  void on_step_end(const Moment& moment) override {
    if (moment.step > start_step_ && (moment.step - start_step_) % update_every_ == 0) update();
  }

  // The host swaps back when these end, also when they fail.
  void on_validation_begin(const Moment&) override { swap_in(); }
  void on_test_begin(const Moment&) override { swap_in(); }
  void on_predict_begin(const Moment&) override { swap_in(); }

  void on_epoch_end(const Moment&) override { swap_in(); }
  void on_run_end(const Moment& moment) override {
    if (moment.outcome != TREINO_RUN_FAILED) swap_in();
  }

  std::uint64_t wanted() const override { return ~(swap_on_epoch_ ? 0 : std::uint64_t{1} << TREINO_EPOCH_END); }

  // The averages themselves are the host's to save, and whether they are in the model.
  void save(treino::Writer& writer) const override { writer.write(begun_); }
  void load(treino::Reader& reader, std::uint32_t) override {
    const bool begun = reader.get<bool>();
    reader.finish();
    begun_ = begun;
  }

 private:
  void update() {
    for (std::uint32_t i = 0; i < averaged_.size(); ++i) {
      if (averaged_[i] && begun_)
        treino::blend_elements(host().weights(set_, i), host().parameter(i), share_);
      else
        treino::copy_elements(host().weights(set_, i), host().parameter(i));
    }
    begun_ = true;
  }

  /// Never before there is an average.
  void swap_in() {
    if (!begun_ || host().swapped(set_)) return;
    for (std::uint32_t i = 0; i < averaged_.size(); ++i)
      if (!averaged_[i]) treino::copy_elements(host().weights(set_, i), host().parameter(i));
    host().swap_weights(set_);
  }

  float share_;  // of the new weights
  bool swap_on_epoch_;
  std::uint64_t start_step_, update_every_;
  std::uint32_t set_;
  std::vector<bool> averaged_;  // a parameter each; running statistics are not
  bool begun_ = false;
};

}  // namespace

TREINO_PLUGIN(SwapEmaWeights, R"toml(
kind = "callback"
id = "swap_ema_weights"
version = "1.0.0"
summary = "keeps a moving average of the weights, for validation, test, prediction and the end"
phase = "mutate"
events = ["epoch_begin", "epoch_end", "step_end", "validation_begin", "test_begin", "predict_begin", "run_end"]
help = """
The first update copies the weights; each one after it sets average = decay * average + (1 - decay) * weights. Updates come after every
`update_every` steps beyond start_step. Running statistics (batch_norm's) are not averaged: those of the model go with the averages.
The averages are in the model during validation, test and prediction, and go out of it when that ends, also when it fails; before the
first update they never come in. Training always goes on with the weights themselves.
When the run ends, however it does unless it fails, the averages become the model's weights, as they do in Keras: model.safetensors, the
test at the end, `treino evaluate` and `treino predict` all use what validation has used.
What validation was measured with is what is kept as the best: early_stopping's restore_best_weights keeps the averages of the best epoch
where it monitors a number of validation, and model_checkpoint with save_best_only or save_top_k saves them. Its weights = "ema" saves
the averages in any case, "current" the weights that are trained, whatever is in the model; a full checkpoint holds both.
swap_on_epoch puts the averages into the model from the end of each epoch to the beginning of the next, for other callbacks to see.
State: the averages (a set of weights named "ema", in float32), whether there are any, whether they are in the model.
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
)toml")
