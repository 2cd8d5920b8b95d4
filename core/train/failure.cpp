// Sends what is due by the phase that the run was in.
#include "train/failure.hpp"

#include <utility>

#include "train/run/run.hpp"

namespace treino::train {

void attempt(Run& run, const std::function<void()>& action) {
  try {
    action();
  } catch (const std::exception& failure) {
    run.session.log().message(host::Log::Level::error, "", failure.what());
  }
}

void tell_of_failure(Run& run, const std::string& reason) {
  if (run.progress.phase() == RunPhase::closed || std::exchange(run.failure_told, true)) return;
  run.progress.set_outcome(host::Outcome::failed, reason);
  attempt(run, [&] { run.fire(host::Event::exception); });
}

void leave_batch(Run& run) {
  run.backend.show(nullptr);
  run.session.lock_weights(false);
  run.session.scalars().drop_live();
}

void close_open_events(Run& run, host::Outcome outcome, const std::string& reason) {
  Progress& progress = run.progress;
  const auto send = [&](host::Event event) { attempt(run, [&] { run.fire(event); }); };
  progress.set_outcome(outcome, reason);
  const RunPhase phase = progress.phase();
  const PassEvents* pass = progress.pass();
  if (phase != RunPhase::closed) progress.set_phase(RunPhase::open);
  if (phase == RunPhase::fetch) send(host::end_of((pass == nullptr ? training_events : *pass).fetch_begin));
  if (phase == RunPhase::batch) send(host::Event::batch_end);
  progress.end_pass();
  if (pass != nullptr) send(host::end_of(pass->begin));
  if (progress.leave_epoch()) send(host::Event::epoch_end);
}

}  // namespace treino::train
