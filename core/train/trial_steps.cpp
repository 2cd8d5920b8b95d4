// Work on the training data that is no training: steps that are taken back, and running statistics measured again.
#include <cmath>
#include <utility>

#include "train/trainer.hpp"

namespace treino::train {

namespace {

/// Weights, optimizer state and running statistics as they were, whatever happens in between.
class Restored {
 public:
  Restored(ModelBackend& backend, const nn::Optimizer& optimizer, std::atomic<bool>& in_trial)
      : backend_(backend), arrays_(backend.copy_of_arrays()), steps_(optimizer.steps()), in_trial_(in_trial) {
    in_trial_ = true;
  }
  Restored(const Restored&) = delete;
  Restored& operator=(const Restored&) = delete;
  ~Restored() {
    backend_.put_arrays(arrays_, steps_);
    in_trial_ = false;
  }

 private:
  ModelBackend& backend_;
  const std::vector<float> arrays_;
  const std::uint64_t steps_;
  std::atomic<bool>& in_trial_;
};

}  // namespace

void Trainer::trial_steps(std::uint64_t steps, host::Backend::Next next, void* context) {
  if (batch_open_ || open_fetch_ || open_pass_) throw std::logic_error("trial_steps() cannot be called during a batch or an evaluation pass");
  if (!batches_) throw std::logic_error("trial steps need the training data, which are not there after training");
  const Restored restored(*backend_, *optimizer_, in_trial_);
  data::Batches batches(data_.training, training_options());
  BatchViews views(data_.training, problem_.outputs);
  std::uint64_t epoch = position_.epoch;
  batches.begin_epoch(epoch);
  data::Batch batch;
  double loss = std::nan("");
  for (std::uint64_t done = 0;; ++done) {
    const double rate = next(context, done, loss);
    if (std::isnan(rate) || done == steps) return;
    if (interrupted() != 0) {  // what half a trial finds must not steer the run: whoever asked for it fails
      trial_interrupted_ = true;
      throw std::runtime_error("the trial steps were interrupted by " + Interrupt::name(interrupted()));
    }
    if (!std::isfinite(rate) || rate < 0)
      throw std::invalid_argument("the learning rate of a trial step must be finite and at least 0, not " + std::to_string(rate));
    if (!batches.next(batch)) {
      batches.begin_epoch(++epoch);
      batches.next(batch);
    }
    const auto prediction = model_->forward(batch.features, batch.count, nn::Mode::train, position_.batches + done);
    const std::span<float> gradient = model_->output_gradient();
    views.bind(batch, prediction.data(), gradient.data());
    loss = mean_of(measure_->evaluate(views, true));
    model_->backward(gradient.data(), false);
    optimizer_->step(rate, session_.learning_rate().momentum());
  }
}

bool Trainer::estimate_statistics() {
  if (batch_open_ || open_fetch_ || open_pass_) throw std::logic_error("statistics are not estimated within a batch or a pass");
  if (!batches_) throw std::logic_error("statistics are estimated on the training data, which are not there after training");
  if (!model_->has_statistics()) return false;
  data::Batches batches(data_.training, training_options());
  batches.begin_epoch(position_.epoch);
  model_->begin_statistics();
  data::Batch batch;
  for (std::uint64_t done = 0; batches.next(batch); ++done) {
    if (done > 0 && interrupted() != 0) {
      session_.log().message(host::Log::Level::warning, "",
                             "the running statistics are those of " + std::to_string(done) + " of " +
                                 std::to_string(batches.batches_per_epoch()) + " batches: " + Interrupt::name(interrupted()));
      break;
    }
    host::call_place().enter(host::call_place().who());  // it works, although whoever asked for it does not return
    model_->forward(batch.features, batch.count, nn::Mode::train, position_.batches + done);
  }
  model_->end_statistics();
  return true;
}

}  // namespace treino::train
