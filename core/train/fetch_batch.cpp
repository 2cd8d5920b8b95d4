// The one place where the loop waits for data.
#include "train/fetch_batch.hpp"

#include <stdexcept>

#include "train/run/run.hpp"

namespace treino::train {

bool fetch_batch(Run& run, data::Batches& batches, data::Batch& batch, std::uint64_t number, const PassEvents& events) {
  Progress& progress = run.progress;
  if (number >= progress.batches()) return false;
  progress.show_batch(number);
  if (events.begin == host::Event::epoch_begin) run.take_turns();
  progress.set_phase(RunPhase::fetch);
  run.fire(events.fetch_begin);
  {
    const host::Profile::Span span(run.session.profile(), TREINO_SPAN_DATA);
    if (!batches.next(batch)) throw std::logic_error("a data set has fewer batches than it said");
  }
  progress.show_samples(batch.count);
  progress.set_phase(RunPhase::open);
  run.fire(host::end_of(events.fetch_begin));
  return true;
}

}  // namespace treino::train
