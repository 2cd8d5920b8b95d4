// To be read aloud: fit() is the run, the functions below it are its parts. Which events plugins receive meanwhile: LoopEvents.
#include "train/loop.hpp"

#include <cmath>

#include "base/secrets.hpp"
#include "train/batch_loss.hpp"
#include "train/fetch_batch.hpp"
#include "train/finite.hpp"
#include "train/forward.hpp"
#include "train/run/run.hpp"

namespace treino::train {

TrainingLoop::TrainingLoop(Run& run) : run_(run), evaluation_(run), events_(run), views_(run, run.data.training) {}

Result TrainingLoop::fit() {
  try {
    events_.begin();
    if (!run_.is_stopping() && run_.validation_schedule.is_due_first()) evaluation_.validate_between_steps();
    while (events_.has_epochs_left()) {
      events_.begin_epoch();
      train_epoch();
      if (!run_.is_stopping() && run_.validation_schedule.is_due_after_epoch()) evaluation_.validate();
      events_.end_epoch();
    }
    events_.finish();
  } catch (const std::exception& failure) {
    events_.fail(base::without_secrets(failure.what()));
  }
  return events_.end();
}

void TrainingLoop::train_epoch() {
  const Position& position = run_.progress.position();
  run_.batches->begin_epoch(position.epoch, static_cast<std::int64_t>(position.batch));
  data::Batch batch;
  while (!run_.is_stopping() && fetch_batch(run_, *run_.batches, batch, position.batch, training_events)) {
    train_batch(batch);
    if (run_.validation_schedule.is_due_within_epoch()) evaluation_.validate_between_steps();
    events_.safe_point();
  }
  run_.progress.clear_batch();
  finish_pass_scalars(run_, run_.training_scalars);
}

void TrainingLoop::train_batch(const data::Batch& batch) {
  const host::Profile::Span span(run_.session.profile(), TREINO_SPAN_BATCH);
  Progress& progress = run_.progress;
  const Position& position = progress.position();
  const auto place = GradientAccumulation::place_of(run_.plan.manifest.run.accumulate, position.epoch, position.batch,
                                                    progress.batches_in_epoch());
  events_.begin_batch();
  const auto prediction = forward(run_.model, run_.data.training, batch, nn::Mode::train, position.batches);
  views_.bind(batch, prediction, true);
  run_.backend.show(&views_.main());
  const treino_loss_value loss = run_.measured->add(views_.all(), true);
  progress.show_loss(mean_of(loss));
  if (std::isnan(mean_of(loss))) warn_of_nan_loss(run_);
  const bool averages = place.size > 1 && !run_.measured->adds_up();
  if (averages) accumulation_.scale_batch(loss, views_.all(), place);
  run_.model.backward(views_.main().gradients().data(), !place.is_first(), place.is_last());
  if (averages && place.is_last()) accumulation_.finish_group(run_.model);
  if (place.is_last()) run_.regularization.add_gradients();
  progress.batch_trained();
  if (place.is_last()) take_step(batch, mean_of(loss));
  events_.end_batch();
}

void TrainingLoop::take_step(const data::Batch& batch, double loss) {
  if (!events_.begin_step()) return;
  {
    const host::Profile::Span span(run_.session.profile(), TREINO_SPAN_OPTIMIZER);
    host::LearningRate& learning_rate = run_.session.learning_rate();
    // The batch has been counted: its own number is that of the forward before.
    BatchLoss batch_loss(run_, views_, batch, run_.progress.position().batches - 1);
    const BatchClosure closure = batch_loss.closure(loss);
    run_.optimizer.step(learning_rate.learning_rate(), learning_rate.momentum(), &closure);
    run_.regularization.limit_norms();
  }
  events_.end_step();
}

}  // namespace treino::train
