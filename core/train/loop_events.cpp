// Who reads TrainingLoop reads what is computed; here stands which events come round it.
#include "train/loop_events.hpp"

#include <utility>

#include "train/epoch_record.hpp"
#include "train/failure.hpp"
#include "train/run/run.hpp"
#include "train/run_end.hpp"

namespace treino::train {

bool LoopEvents::has_epochs_left() const {
  return !run_.is_stopping() && run_.progress.position().epoch < run_.progress.epochs();
}

void LoopEvents::begin() {
  run_.session.info().resumed = run_.progress.resumed() ? 1 : 0;
  run_.session.info().epochs = run_.progress.epochs();
  for (const auto& instance : run_.session.instances()) instance->update_info();
  const Position& position = run_.progress.position();
  if (run_.progress.resumed())
    run_.session.learning_rate().move_to(position.step, position.epoch);
  else
    run_.session.learning_rate().apply(position.step, position.epoch);
  run_.take_turns();
  run_.progress.set_phase(RunPhase::beginning);
  allow_early_stops();
  run_.fire(host::Event::run_begin);
  if (run_.trial_steps.was_interrupted())
    throw std::runtime_error("interrupted");  // the plugin that asked for the trial was disabled for it
  run_.progress.set_phase(RunPhase::open);
  safe_point();
}

void LoopEvents::begin_epoch() {
  const Position& position = run_.progress.position();
  // Resumed within it: everybody has received its beginning.
  if (position.in_epoch) return begin_pass_scalars(run_, run_.training_scalars);
  run_.session.scalars().clear_all();
  run_.measured->reset();
  begin_pass_scalars(run_, run_.training_scalars);
  run_.session.learning_rate().apply(position.step, position.epoch);
  run_.progress.clear_batch();
  run_.progress.begin_epoch();
  run_.take_turns();
  run_.session.take_drawn();
  run_.fire(host::Event::epoch_begin);
  run_.agreement.agree_after(host::bit(host::Event::epoch_begin));
}

void LoopEvents::begin_batch() {
  run_.session.learning_rate().apply(run_.progress.position().step, run_.progress.position().epoch);
  run_.take_turns();
  run_.fire(host::Event::batch_begin);
  run_.progress.set_phase(RunPhase::batch);
  run_.session.lock_weights(true);
}

bool LoopEvents::begin_step() {
  run_.session.learning_rate().apply(run_.progress.position().step, run_.progress.position().epoch);
  run_.fire(host::Event::backward_end);
  run_.agreement.agree_after(host::bit(host::Event::fetch_begin) | host::bit(host::Event::fetch_end) |
                             host::bit(host::Event::batch_begin) | host::bit(host::Event::backward_end));
  if (run_.session.requests().any() && is_step_refused()) {
    run_.session.lock_weights(false);
    run_.progress.step_refused();
    return false;
  }
  run_.fire(host::Event::step_begin);
  run_.agreement.agree_after(host::bit(host::Event::step_begin));
  return true;
}

void LoopEvents::end_step() {
  run_.progress.step_taken();
  run_.session.lock_weights(false);
  run_.fire(host::Event::step_end);
}

void LoopEvents::end_batch() {
  run_.progress.set_phase(RunPhase::batch_end);
  run_.fire(host::Event::batch_end);
  run_.progress.set_phase(RunPhase::open);
  run_.backend.show(nullptr);
}

/// What plugins have asked for when they saw the gradient.
bool LoopEvents::is_step_refused() {
  run_.session.learning_rate().apply(run_.progress.position().step, run_.progress.position().epoch);
  host::Requests& requests = run_.session.requests();
  const auto back = requests.take_roll_back();
  if (back) run_.roll_back(*back);
  const auto skip = requests.take_skip();
  if (skip) run_.warn(*skip + "; step not taken");
  const auto stop = requests.stopped();
  return back || skip || (stop && stop->outcome == host::Outcome::diverged);
}

void LoopEvents::end_epoch() {
  Progress& progress = run_.progress;
  progress.clear_batch();
  // The plugin that asked for it decides again below, and that depends on nothing but the run.
  if (writer_.is_awaited()) writer_.finish_pending_save();
  progress.set_outcome(run_.stop ? run_.stop->outcome : host::Outcome::running);
  const bool whole = progress.is_epoch_whole();
  const std::uint64_t epoch = progress.position().epoch;
  progress.end_epoch();
  allow_early_stops();
  if (whole) compare_with_best(run_, epoch);
  if (whole) run_.agreement.compare_weights();
  run_.fire(host::Event::epoch_end);
  run_.session.look_at_process(false);
  record_epoch(run_, epoch);
  const bool drawn = run_.session.take_drawn();
  if (whole && tell_epoch_) tell_epoch_(epoch, shown_scalars(run_), drawn);
  progress.set_outcome(host::Outcome::running);
  run_.session.learning_rate().move_to(progress.position().step, progress.position().epoch);
  if (whole) safe_point();
}

void LoopEvents::allow_early_stops() {
  run_.session.requests().allow_early_stops(run_.progress.position().epoch >= run_.plan.manifest.run.min_epochs);
}

void LoopEvents::safe_point() {
  if (run_.is_within_group()) return;
  if (const int signal = run_.agreement.agree(); signal != 0 && !run_.is_stopping()) {
    writer_.save_everything(run_.folder / "checkpoint.safetensors");
    run_.session.requests().stop({host::Outcome::interrupted, Interrupt::name(signal), ""});
  }
  writer_.look_at_pending_save();
  if (!run_.session.requests().any()) return;
  if (!run_.stop) run_.stop = run_.session.requests().stopped();
  if (const auto back = run_.session.requests().take_roll_back()) run_.roll_back(*back);
  writer_.process_save_requests();
}

void LoopEvents::fail(const std::string& reason) {
  run_.processes->ranks().leave(reason);
  run_.stop = {host::Outcome::failed, reason, ""};
  if (run_.trial_steps.was_interrupted()) run_.stop = end_interrupted_trial(run_, writer_);
  leave_batch(run_);
  run_.backend.end_pass();  // a validation of somebody else's loop: what was swapped in for it leaves the model
  if (run_.stop->outcome == host::Outcome::failed) tell_of_failure(run_, run_.stop->reason);
  attempt(run_, [&] { writer_.finish_pending_save(); });
  close_open_events(run_, run_.stop->outcome, run_.stop->reason);
}

Result LoopEvents::end() { return end_run(run_, writer_); }

}  // namespace treino::train
