// What the counters do at the turns of a run.
#include "train/progress.hpp"

#include <utility>

namespace treino::train {

/// At a step's end: within one, the batches of those left cannot be counted.
void Progress::plan_epoch() {
  epochs_ = length_.epochs(place());
  batches_in_epoch_ = length_.batches(place());
}

void Progress::begin_epoch() {
  plan_epoch();
  position_.in_epoch = true;
  batches_ = batches_in_epoch_;
}

void Progress::end_epoch() {
  position_.in_epoch = false;
  ended_epoch_ = position_.epoch;
  batch_ = position_.batch;
  if (!is_epoch_whole()) return;
  ++position_.epoch;
  position_.batch = 0;
}

bool Progress::leave_epoch() { return std::exchange(position_.in_epoch, false); }

void Progress::begin_pass(const PassEvents& events, std::uint64_t batches) {
  clear_batch();
  pass_ = &events;
  batches_ = batches;
}

void Progress::show_batch(std::uint64_t number) {
  batch_ = number;
  samples_ = 0;
  loss_ = std::nan("");
}

void Progress::clear_batch() {
  ended_epoch_.reset();
  batch_.reset();
  batches_ = batches_in_epoch_;
  samples_ = 0;
  loss_ = std::nan("");
}

treino_event_info Progress::event() const {
  treino_event_info info{};
  info.size = sizeof info;
  info.epoch = ended_epoch_.value_or(position_.epoch);
  info.epochs = epochs_;
  info.batch = batch();
  info.batches = batches_;
  info.step = position_.step;
  info.samples = samples_;
  info.loss = loss_;
  info.learning_rate = learning_rate_.applied();
  info.outcome = static_cast<std::uint32_t>(outcome_);
  info.text = text_.c_str();
  info.resumed = resumed_ ? 1 : 0;
  return info;
}

}  // namespace treino::train
