// The calls in their order: what the program does between them is its own business.
#include "library/loop_handle.hpp"

#include <algorithm>
#include <cmath>

#include "base/input_error.hpp"
#include "base/secrets.hpp"
#include "library/own_run.hpp"
#include "library/own_setup.hpp"
#include "train/finite.hpp"
#include "train/own_validation.hpp"

namespace treino::library {

LoopHandle::~LoopHandle() {
  // A loop that is left by an exception of the program's leaves whole files all the same.
  if (state_ == State::made || state_ == State::over) return;
  try {
    fail("the program has left its loop");
  } catch (const std::exception&) {  // nobody is there to be told
  }
}

void LoopHandle::add_parameter(const treino_loop_parameter& parameter) {
  expect({State::made}, "add_parameter");
  parameters_.add(parameter);
}

void LoopHandle::set_state(const treino_loop_state& state) {
  expect({State::made}, "set_state");
  if (state.save == nullptr || state.restore == nullptr) throw base::InputError("treino_loop_state: both functions are needed");
  own_state_ = state;
}

void LoopHandle::begin(const treino_loop_setup& setup) {
  expect({State::made}, "begin");
  if (parameters_.list().empty()) throw base::InputError("there is no parameter yet: add them before begin");
  train::PlanOptions options = options_.plan();
  options.own_loop = own_loop_of(setup, own_state_);
  if (!parameters_.copies().empty()) {
    options.own_loop->fetch_values = [this](std::size_t index) { parameters_.copies().fetch_values(index); };
    options.own_loop->fetch_gradient = [this](std::size_t index) { parameters_.copies().fetch_gradient(index); };
  }
  run_ = open_own_run(options_, std::move(options), parameters_, screen_);
  train::Run& run = run_->run();
  run.interrupt = &interrupt_;
  own_batch_.emplace(run);
  training_.emplace(run, run_->folder(), run_->log());
  watched_.emplace(*run_, *training_, interrupt_, options_);
  training_->introduce();
  events_.emplace(run);
  events_->after_epoch(training_->teller());
  state_ = State::between;
  within_run([&] { events_->begin(); });
}

bool LoopHandle::epoch() {
  if (state_ == State::over) return false;
  expect({State::between, State::epoch}, "epoch");
  bool more = false;
  within_run([&] {
    if (state_ == State::epoch) end_epoch();
    state_ = State::between;
    more = events_->has_epochs_left();
    if (!more) return;
    to_skip_ = run_->run().progress.position().batch;
    events_->begin_epoch();
    own_batch_->restart();
    training_pass_open_ = true;
    state_ = State::epoch;
  });
  return more;
}

bool LoopHandle::batch(std::uint64_t samples) {
  expect({State::epoch}, "batch");
  check(samples);
  if (!training_pass_open_) throw std::logic_error("batch: the epoch's batches came to their end with its validation");
  train::Run& run = run_->run();
  if ((to_skip_ > 0 && to_skip_-- > 0) || run.is_stopping()) return false;
  const train::Position& position = run.progress.position();
  if (run.progress.is_epoch_whole() && position.batch < run.batches_per_epoch()) return false;  // the steps of [run] are over
  if (run.progress.is_epoch_whole())
    throw std::logic_error("batch: there are more than the " + std::to_string(position.batch) +
                           " batches that begin was told of");
  within_run([&] {
    run.progress.show_batch(position.batch);
    run.progress.show_samples(static_cast<std::int64_t>(samples));
    events_->begin_batch();
  });
  samples_ = samples;
  state_ = State::batch;
  return true;
}

void LoopHandle::metrics(const float* predictions, const std::int64_t* labels, const float* targets) {
  expect({State::batch}, "metrics");
  train::Run& run = run_->run();
  const train::BatchViews& views = own_batch_->bind(samples_, predictions, labels, targets);
  within_run([&] {
    run.backend.show(&views);
    const train::BatchViews* one = &views;
    run.measured->add_metrics({&one, 1});
  });
  state_ = State::measured;
}

bool LoopHandle::step(double loss) {
  expect({State::batch, State::measured}, "step");
  train::Run& run = run_->run();
  if (run.measured->has_metrics() && state_ != State::measured)
    throw std::logic_error("step: the manifest names metrics, and this batch's predictions have not been given to them");
  bool take = false;
  within_run([&] {
    run.progress.show_loss(loss);
    if (std::isnan(loss)) train::warn_of_nan_loss(run);
    run.measured->add_loss(loss, static_cast<double>(samples_));
    parameters_.find_gradients(run.model);
    parameters_.copies().forget_gradients();
    run.progress.batch_trained();
    take = events_->begin_step();
  });
  state_ = take ? State::step : State::refused_step;
  return take;
}

void LoopHandle::step_done() {
  expect({State::step, State::refused_step}, "step_done");
  within_run([&] {
    if (state_ == State::step) {
      parameters_.copies().forget_values();
      events_->end_step();
    }
    events_->end_batch();
    events_->safe_point();
  });
  state_ = State::epoch;
}

void LoopHandle::begin_validation() {
  expect({State::epoch}, "validation_begin");
  if (!run_->run().has_validation()) throw std::logic_error("validation_begin: begin was told of no validation samples");
  within_run([&] {
    finish_training_pass();
    own_batch_->restart();
    train::begin_own_validation(run_->run());
  });
  validated_ = 0;
  state_ = State::validation;
}

void LoopHandle::validate(std::uint64_t samples, double loss, const float* predictions, const std::int64_t* labels,
                          const float* targets) {
  expect({State::validation}, "validation_add");
  check(samples);
  train::Run& run = run_->run();
  const bool measured = predictions != nullptr;
  if (run.measured->has_metrics() && !measured)
    throw std::logic_error("validation_add: the manifest names metrics, and there are no predictions for them");
  const train::BatchViews* views = measured ? &own_batch_->bind(samples, predictions, labels, targets) : nullptr;
  within_run([&] { train::add_own_validation(run, validated_++, samples, loss, views); });
}

void LoopHandle::end_validation() {
  expect({State::validation}, "validation_end");
  within_run([&] { train::end_own_validation(run_->run()); });
  state_ = State::epoch;
}

double LoopHandle::scalar(const std::string& name) const {
  if (!run_) return std::nan("");
  host::Scalars& scalars = run_->run().session.scalars();
  const auto index = scalars.find(name);
  return index ? scalars.value(*index).value_or(std::nan("")) : std::nan("");
}

treino_run_result LoopHandle::end() {
  expect({State::between, State::epoch}, "end");
  within_run([&] {
    if (state_ == State::epoch) end_epoch();
    if (events_->has_epochs_left())
      run_->run().session.requests().stop({host::Outcome::early_stopped, "the program has ended its loop", ""});
    events_->safe_point();
    events_->finish();
  });
  const treino_run_result result = finish();
  parameters_.copies().put_back();
  return result;
}

treino_run_result LoopHandle::finish() {
  state_ = State::over;
  train::Result result = events_->end();
  watched_.reset();
  training_->finish(result);
  return result_.keep(std::move(result), run_->folder().path());
}

void LoopHandle::finish_training_pass() {
  if (!training_pass_open_) return;
  training_pass_open_ = false;
  train::Run& run = run_->run();
  const std::uint64_t done = run.progress.position().batch;
  if (!run.progress.is_epoch_whole() && !run.is_stopping())
    throw std::logic_error("the epoch had " + std::to_string(done) + " batches, and begin was told of " +
                           std::to_string(run.progress.batches_in_epoch()));
  run.progress.clear_batch();
  train::finish_pass_scalars(run, run.training_scalars);
}

void LoopHandle::end_epoch() {
  finish_training_pass();
  events_->end_epoch();
}

void LoopHandle::check(std::uint64_t samples) const {
  const auto largest = static_cast<std::uint64_t>(run_->run().capacity);
  if (samples < 1 || samples > largest)
    throw base::InputError("a batch of " + std::to_string(samples) + " samples; begin was told of at most " +
                           std::to_string(largest));
}

void LoopHandle::expect(std::initializer_list<State> states, const char* call) const {
  if (std::find(states.begin(), states.end(), state_) != states.end()) return;
  throw std::logic_error(std::string(call) + " cannot be called " + where(state_));
}

/// A plugin that fails ends the run, with the ends that are due and its files whole.
template <class Function>
void LoopHandle::within_run(Function&& function) {
  try {
    function();
    parameters_.copies().put_back();
  } catch (const std::exception& failure) {
    fail(base::without_secrets(failure.what()));
    throw;
  }
}

void LoopHandle::fail(const std::string& reason) {
  events_->fail(reason);
  finish();
  try {
    parameters_.copies().put_back();
  } catch (const std::exception&) {  // the run has failed already, and says why
  }
}

}  // namespace treino::library
