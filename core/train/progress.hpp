// How far a run is: the counters, which only grow here, and what the contract tells of them at each event.
#pragma once
#include <treino/abi.h>

#include <cmath>
#include <cstdint>
#include <optional>
#include <string>

#include "host/library/events.hpp"
#include "host/session/learning_rate.hpp"
#include "host/session/outcome.hpp"

namespace treino::train {

/// Where a run stands, as a checkpoint keeps it.
struct Position {
  std::uint64_t epoch = 0;
  std::uint64_t batch = 0;    // trained in this epoch
  bool in_epoch = false;      // epoch_begin has been received, epoch_end not
  std::uint64_t step = 0;     // optimizer steps applied
  std::uint64_t batches = 0;  // trained in all epochs: the address of dropout's random numbers
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
  Progress(std::uint64_t epochs, std::uint64_t batches_per_epoch, const host::LearningRate& learning_rate)
      : epochs_(epochs), batches_per_epoch_(batches_per_epoch), learning_rate_(learning_rate) {
    clear_batch();
  }

  const Position& position() const { return position_; }
  void resume_from(const Position& position) {
    position_ = position;
    resumed_ = true;
  }
  bool resumed() const { return resumed_; }
  std::uint64_t batches_per_epoch() const { return batches_per_epoch_; }
  bool is_epoch_whole() const { return position_.batch == batches_per_epoch_; }

  void begin_epoch() { position_.in_epoch = true; }
  /// What is saved from here on continues with the next epoch where this one is whole; events tell of this one until clear_batch().
  void end_epoch();
  /// No epoch_end is due any longer.
  bool leave_epoch();
  void batch_trained() {
    ++position_.batch;
    ++position_.batches;
  }
  void step_taken() { ++position_.step; }

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
  Position position_;
  RunPhase phase_ = RunPhase::closed;
  const PassEvents* pass_ = nullptr;
  std::uint64_t epochs_, batches_per_epoch_;
  const host::LearningRate& learning_rate_;
  bool resumed_ = false;
  std::optional<std::uint64_t> ended_epoch_, batch_;
  std::uint64_t batches_ = 0, samples_ = 0;
  double loss_ = std::nan("");
  host::Outcome outcome_ = host::Outcome::running;
  std::string text_;
};

}  // namespace treino::train
