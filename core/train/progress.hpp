// How far a run is: the counters, which only grow here, and what the contract tells of them at each event.
#pragma once
#include <treino/abi.h>

#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "host/library/events.hpp"
#include "host/session/learning_rate.hpp"
#include "host/session/outcome.hpp"
#include "manifest/run_length.hpp"

namespace treino::train {

/// Where a run stands, as a checkpoint keeps it.
struct Position {
  std::uint64_t epoch = 0;
  std::uint64_t batch = 0;           // trained in this epoch
  bool in_epoch = false;             // epoch_begin has been received, epoch_end not
  std::uint64_t step = 0;            // optimizer steps applied
  std::uint64_t batches = 0;         // trained in all epochs: the address of dropout's random numbers
  std::uint64_t refused = 0;         // steps that were due and not taken
  std::uint64_t validated_step = 0;  // `step` at the last validation
};

/// What the loop is doing just now: which ends are due where it fails, and what plugins may ask for.
enum class RunPhase {
  closed,     // nothing has been received yet, or the end has been
  beginning,  // run_begin is being received
  open,       // a run, or a pass after training, has begun; no batch is under way
  fetch,      // fetch_begin has been received, its end is due
  batch,      // batch_begin has been received, batch_end is due
  batch_end,  // batch_end is being received
};

/// The events of one way through data; each begin is followed by its end.
struct PassEvents {
  host::Event begin, batch_begin, fetch_begin;
};
inline constexpr PassEvents training_events{host::Event::epoch_begin, host::Event::batch_begin, host::Event::fetch_begin};
inline constexpr PassEvents validation_events{host::Event::validation_begin, host::Event::validation_batch_begin,
                                              host::Event::validation_fetch_begin};
inline constexpr PassEvents test_events{host::Event::test_begin, host::Event::test_batch_begin, host::Event::test_fetch_begin};
inline constexpr PassEvents prediction_events{host::Event::predict_begin, host::Event::predict_batch_begin,
                                              host::Event::predict_fetch_begin};

class Progress {
 public:
  /// `learning_rate` outlives this.
  Progress(manifest::RunLength length, const host::LearningRate& learning_rate)
      : length_(std::move(length)), learning_rate_(learning_rate) {
    plan_epoch();
    clear_batch();
  }

  const Position& position() const { return position_; }
  void resume_from(const Position& position) {
    position_ = position;
    resumed_ = true;
    plan_epoch();
    clear_batch();
  }
  bool resumed() const { return resumed_; }
  /// Planned, those that are done among them.
  std::uint64_t epochs() const { return epochs_; }
  /// Whether they were taken or not.
  std::uint64_t steps_due() const { return position_.step + position_.refused; }
  /// Whether it is the steps of [run] that are over.
  bool are_steps_over() const { return length_.are_steps_over(place()); }
  /// Of the current epoch.
  std::uint64_t batches_in_epoch() const { return batches_in_epoch_; }
  bool is_epoch_whole() const { return position_.batch == batches_in_epoch_; }

  void begin_epoch();
  /// What is saved from here on continues with the next epoch where this one is whole; events tell of this one until clear_batch().
  void end_epoch();
  /// No epoch_end is due any longer.
  bool leave_epoch();
  void batch_trained() {
    ++position_.batch;
    ++position_.batches;
  }
  void step_taken() { ++position_.step; }
  void step_refused() { ++position_.refused; }
  void note_validation() { position_.validated_step = position_.step; }

  RunPhase phase() const { return phase_; }
  void set_phase(RunPhase phase) { phase_ = phase; }
  /// Of the pass without training that is under way; null where there is none.
  const PassEvents* pass() const { return pass_; }
  void begin_pass(const PassEvents& events, std::uint64_t batches);
  void end_pass() { pass_ = nullptr; }

  /// Events tell of batch `number` of `batches()`, whose samples and loss are not known yet.
  void show_batch(std::uint64_t number);
  std::uint64_t batches() const { return batches_; }
  std::uint64_t batch() const { return batch_.value_or(position_.batch); }
  void show_samples(std::int64_t samples) { samples_ = static_cast<std::uint64_t>(samples); }
  void show_loss(double loss) { loss_ = loss; }
  /// Events tell of no batch.
  void clear_batch();
  void set_outcome(host::Outcome outcome, const std::string& text = "") {
    outcome_ = outcome;
    text_ = text;
  }

  /// What the contract tells at an event. Borrowed: its text lives until the next set_outcome().
  treino_event_info event() const;

 private:
  manifest::RunLength::Place place() const { return {position_.epoch, position_.batch, position_.in_epoch, steps_due()}; }
  void plan_epoch();

  Position position_;
  RunPhase phase_ = RunPhase::closed;
  const PassEvents* pass_ = nullptr;
  manifest::RunLength length_;
  std::uint64_t epochs_ = 0, batches_in_epoch_ = 0;
  const host::LearningRate& learning_rate_;
  bool resumed_ = false;
  std::optional<std::uint64_t> ended_epoch_, batch_;
  std::uint64_t batches_ = 0, samples_ = 0;
  double loss_ = std::nan("");
  host::Outcome outcome_ = host::Outcome::running;
  std::string text_;
};

}  // namespace treino::train
