// Steps and epochs are counted, so that a resumed run is validated where it would have been; a clock begins again with each process.
#include "train/validation_schedule.hpp"

#include "train/run/run.hpp"

namespace treino::train {

using Unit = manifest::Cadence::Unit;

bool ValidationSchedule::is_due_first() const {
  const Position& position = run_.progress.position();
  return run_.plan.manifest.run.validate_first && position.batches == 0 && !position.in_epoch;
}

bool ValidationSchedule::is_due_within_epoch() const {
  return run_.plan.manifest.run.validate_every.unit != Unit::epoch && !run_.progress.is_epoch_whole() && is_due() &&
         !run_.is_within_group();
}

bool ValidationSchedule::is_due_after_epoch() const {
  const manifest::Cadence& every = run_.plan.manifest.run.validate_every;
  if (run_.plan.dry) return true;
  return every.unit == Unit::epoch ? (run_.progress.position().epoch + 1) % every.count == 0 : is_due();
}

bool ValidationSchedule::is_due() const {
  const manifest::Cadence& every = run_.plan.manifest.run.validate_every;
  if (every.unit == Unit::time) return time_is_over_;
  const Position& position = run_.progress.position();
  // After a refused step it is the step before that stands here.
  return position.step % every.count == 0 && position.step != position.validated_step;
}

void ValidationSchedule::begin_again() {
  validated_ = Clock::now();
  time_is_over_ = false;
}

bool ValidationSchedule::is_time_over() const {
  const manifest::Cadence& every = run_.plan.manifest.run.validate_every;
  return every.unit == Unit::time && std::chrono::duration<double>(Clock::now() - validated_).count() >= every.seconds;
}

}  // namespace treino::train
