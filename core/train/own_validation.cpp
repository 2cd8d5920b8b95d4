// The batch has been computed when its events come: nobody can change its outputs any longer, and nobody may.
#include "train/own_validation.hpp"

#include "train/run/run.hpp"

namespace treino::train {

void begin_own_validation(Run& run) {
  run.measured->reset();
  begin_pass_scalars(run, run.validation_scalars);
  run.progress.begin_pass(validation_events, run.plan.own_loop->validation_batches);
  run.backend.begin_pass();
  run.fire(host::Event::validation_begin);
}

void add_own_validation(Run& run, std::uint64_t number, std::uint64_t samples, double loss, const BatchViews* views) {
  run.progress.show_batch(number);
  run.progress.show_samples(static_cast<std::int64_t>(samples));
  run.fire(host::Event::validation_batch_begin);
  run.backend.show(views);
  if (views != nullptr) run.measured->add_metrics({&views, 1});
  run.measured->add_loss(loss, static_cast<double>(samples));
  run.progress.show_loss(loss);
  run.fire(host::Event::validation_batch_end);
  run.backend.show(nullptr);
}

void end_own_validation(Run& run) {
  finish_pass_scalars(run, run.validation_scalars);
  for (std::uint32_t i = 0; i < run.validation_scalars.count; ++i) run.backend.note_measured(run.validation_scalars.first + i);
  run.progress.clear_batch();
  run.progress.end_pass();
  run.fire(host::Event::validation_end);
  run.backend.end_pass();
}

}  // namespace treino::train
