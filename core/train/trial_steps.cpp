// Every array is restored in a destructor, so also where a plugin throws or a signal ends the trial.
#include "train/trial_steps.hpp"

#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

#include "train/batch_loss.hpp"
#include "train/forward.hpp"
#include "train/output_views.hpp"
#include "train/run/run.hpp"

namespace treino::train {

namespace {

/// Weights, optimizer state and running statistics as they were, whatever happens in between.
class Restored {
 public:
  Restored(ModelBackend& backend, const Optimizer& optimizer, std::atomic<bool>& under_way)
      : backend_(backend), arrays_(backend.copy_of_arrays()), steps_(optimizer.steps()), under_way_(under_way) {
    under_way_ = true;
  }
  Restored(const Restored&) = delete;
  Restored& operator=(const Restored&) = delete;
  ~Restored() {
    backend_.put_arrays(arrays_, steps_);
    under_way_ = false;
  }

 private:
  ModelBackend& backend_;
  const std::vector<float> arrays_;
  const std::uint64_t steps_;
  std::atomic<bool>& under_way_;
};

void check_learning_rate(double learning_rate) {
  if (!std::isfinite(learning_rate) || learning_rate < 0)
    throw std::invalid_argument("the learning rate of a trial step must be finite and at least 0, not " +
                                std::to_string(learning_rate));
}

}  // namespace

void TrialSteps::check_allowed(const char* fault, const char* without_data) const {
  const RunPhase phase = run_.progress.phase();
  if (phase == RunPhase::fetch || phase == RunPhase::batch || phase == RunPhase::batch_end || run_.progress.pass() != nullptr)
    throw std::logic_error(fault);
  if (!run_.batches) throw std::logic_error(without_data);
}

void TrialSteps::run(std::uint64_t steps, host::Backend::Next next, void* context) {
  check_allowed("trial_steps() cannot be called during a batch or an evaluation pass",
                "trial steps need the training data, which are not there after training");
  const Restored restored(run_.backend, run_.optimizer, under_way_);
  data::Batches batches(run_.data.training, run_.training_options());
  OutputViews views(run_, run_.data.training);
  std::uint64_t epoch = run_.progress.position().epoch;
  batches.begin_epoch(epoch);
  data::Batch batch;
  double loss = std::nan("");
  for (std::uint64_t done = 0;; ++done) {
    const double learning_rate = next(context, done, loss);
    if (std::isnan(learning_rate) || done == steps) return;
    if (const int signal = run_.agreement.agree(); signal != 0) {
      interrupted_ = true;
      throw std::runtime_error("the trial steps were interrupted by " + Interrupt::name(signal));
    }
    check_learning_rate(learning_rate);
    if (!batches.next(batch)) {
      batches.begin_epoch(++epoch);
      batches.next(batch);
    }
    BatchLoss batch_loss(run_, views, batch, run_.progress.position().batches + done);
    loss = batch_loss.evaluate();
    const BatchClosure closure = batch_loss.closure(loss);
    run_.optimizer.step(learning_rate, run_.session.learning_rate().momentum(), &closure);
    run_.regularization.limit_norms();
  }
}

bool TrialSteps::estimate_statistics() {
  check_allowed("statistics are not estimated within a batch or a pass",
                "statistics are estimated on the training data, which are not there after training");
  if (!run_.model.has_statistics()) return false;
  data::Batches batches(run_.data.training, run_.training_options());
  batches.begin_epoch(run_.progress.position().epoch);
  run_.model.begin_statistics();
  data::Batch batch;
  for (std::uint64_t done = 0; batches.next(batch); ++done) {
    if (const int signal = run_.agreement.agree(); done > 0 && signal != 0) {
      run_.warn("the running statistics are those of " + std::to_string(done) + " of " +
                std::to_string(batches.batches_per_epoch()) + " batches: " + Interrupt::name(signal));
      break;
    }
    host::call_place().enter(host::call_place().who());  // it works, although whoever asked for it does not return
    forward(run_.model, run_.data.training, batch, nn::Mode::train, run_.progress.position().batches + done);
  }
  run_.model.end_statistics();
  return true;
}

}  // namespace treino::train
