// The order matters: what is not finite is not saved, what is saved is told, and failures on the way become the outcome.
#include "train/run_end.hpp"

#include "base/secrets.hpp"
#include "train/failure.hpp"
#include "train/finite.hpp"
#include "train/run/run.hpp"

namespace treino::train {

namespace {

std::string all_done(const Run& run) {
  const bool steps = run.progress.are_steps_over();
  const std::uint64_t count = steps ? *run.plan.manifest.run.steps : run.progress.epochs();
  const std::string one = steps ? "step" : "epoch";
  return count == 1 ? "the " + one + " is done" : "all " + std::to_string(count) + " " + one + "s are done";
}

/// A run that was a success but for its weights has diverged.
void look_at_weights(Run& run, ModelBackend::WeightSet* set, Result& result) {
  if (!result.is_success()) return;
  const std::string name = damaged_weights(run.backend, set);
  if (name.empty()) return;
  result.outcome = host::Outcome::diverged;
  result.reason = name + " is NaN or infinite after epoch " + std::to_string(run.progress.position().epoch);
}

/// An interrupted run has been saved where it was interrupted; a diverged one is not worth continuing.
void save_last_checkpoint(Run& run, CheckpointWriter& writer, Result& result) {
  if (!result.is_success()) return;
  try {
    writer.save_everything(run.folder / "checkpoint.safetensors");
  } catch (const std::exception& failure) {
    result.reason += std::string("; the run's checkpoint is not saved: ") + base::without_secrets(failure.what());
    result.outcome = host::Outcome::failed;
  }
}

void send_run_end(Run& run, CheckpointWriter& writer, Result& result) {
  if (run.progress.phase() == RunPhase::closed) return;
  run.progress.clear_batch();
  if (result.outcome == host::Outcome::failed) tell_of_failure(run, result.reason);  // a plugin may have asked for it
  run.progress.set_outcome(result.outcome, result.reason);
  run.progress.set_phase(RunPhase::closed);
  try {
    run.fire(host::Event::run_end);
    look_at_weights(run, run.backend.set_in_model(), result);  // the model that the run ends with: averages, for example
    writer.process_save_requests();
    writer.finish_pending_save();
  } catch (const std::exception& failure) {
    if (result.outcome != host::Outcome::failed) result.reason = base::without_secrets(failure.what());
    result.outcome = host::Outcome::failed;
  }
  run.progress.set_outcome(host::Outcome::running);
}

}  // namespace

Result end_run(Run& run, CheckpointWriter& writer) {
  Result result;
  result.outcome = run.stop ? run.stop->outcome : host::Outcome::done;
  result.reason = run.stop ? base::without_secrets(run.stop->reason) : all_done(run);
  look_at_weights(run, nullptr, result);
  result.trained = result.outcome != host::Outcome::failed;
  run.progress.clear_batch();
  save_last_checkpoint(run, writer, result);
  send_run_end(run, writer, result);
  result.scalars = all_scalars(run);
  run.session.look_at_process(true);
  result.best = run.best;
  if (run.progress.position().batch == 0 && result.trained) result.last = measured_scalars(run);
  result.epochs = run.progress.position().epoch;
  return result;
}

/// Before the run has begun there is nothing to save: a resume begins at the same place, and repeats the trial.
host::Requests::Stop end_interrupted_trial(Run& run, CheckpointWriter& writer) {
  try {
    if (run.progress.phase() != RunPhase::beginning) writer.save_everything(run.folder / "checkpoint.safetensors");
    return {host::Outcome::interrupted, Interrupt::name(run.interrupted()), ""};
  } catch (const std::exception& failure) {
    return {host::Outcome::failed, base::without_secrets(failure.what()), ""};
  }
}

}  // namespace treino::train
