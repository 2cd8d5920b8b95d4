// What is behind a treino_loop_handle: plugins round a training loop that somebody else runs.
#pragma once
#include <treino/treino.h>

#include <cmath>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>

#include "library/folder_run.hpp"
#include "library/loop_state.hpp"
#include "library/own_batch.hpp"
#include "library/own_parameters.hpp"
#include "library/process/watched_run.hpp"
#include "library/run_options.hpp"
#include "library/training.hpp"
#include "train/loop_events.hpp"

namespace treino::library {

class LoopHandle {
 public:
  explicit LoopHandle(const treino_run_options& options) : options_(options) {}
  LoopHandle(const LoopHandle&) = delete;
  LoopHandle& operator=(const LoopHandle&) = delete;
  ~LoopHandle();

  void add_parameter(const treino_loop_parameter& parameter);
  void set_state(const treino_loop_state& state);
  void begin(const treino_loop_setup& setup);
  bool epoch();
  std::uint64_t epoch_number() const { return run_ ? run_->run().progress.position().epoch : 0; }
  bool batch(std::uint64_t samples);
  void metrics(const float* predictions, const std::int64_t* labels, const float* targets);
  bool step(double loss);
  void step_done();
  double learning_rate() const { return run_ ? run_->run().session.learning_rate().learning_rate() : std::nan(""); }
  double momentum() const { return run_ ? run_->run().session.learning_rate().momentum() : std::nan(""); }
  void begin_validation();
  void validate(std::uint64_t samples, double loss, const float* predictions, const std::int64_t* labels, const float* targets);
  void end_validation();
  double scalar(const std::string& name) const;
  void interrupt() { interrupt_.request(train::Interrupt::by_program); }
  treino_run_result end();

 private:
  using State = LoopState;
  void expect(std::initializer_list<State> states, const char* call) const;
  void check(std::uint64_t samples) const;
  void finish_training_pass();
  void end_epoch();
  template <class Function>
  void within_run(Function&& function);
  void fail(const std::string& reason);
  treino_run_result finish();

  RunOptions options_;
  OwnParameters parameters_;
  treino_loop_state own_state_{};
  State state_ = State::made;
  train::Interrupt interrupt_;
  std::optional<host::Screen> screen_;
  std::unique_ptr<FolderRun> run_;
  std::optional<Training> training_;
  std::optional<WatchedRun> watched_;
  std::optional<train::LoopEvents> events_;
  std::optional<OwnBatch> own_batch_;
  std::uint64_t to_skip_ = 0, samples_ = 0, validated_ = 0;
  bool training_pass_open_ = false;
  RunResult result_;
};

}  // namespace treino::library
