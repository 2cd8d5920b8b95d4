// Schedulers are asked in order and each is given the result of the one before; factors and floors of callbacks come last.
#include "host/session/learning_rate.hpp"

#include <algorithm>
#include <cmath>

#include "host/session/session.hpp"

namespace treino::host {

namespace {

[[noreturn]] void refuse(const Instance& scheduler, double learning_rate, std::uint64_t t) {
  throw CallError(scheduler.name(), scheduler.name() + ": gave the learning rate " + std::to_string(learning_rate) +
                                        " at t = " + std::to_string(t) + "; a rate is a finite number and not negative");
}

[[noreturn]] void refuse_momentum(const Instance& scheduler, double momentum, std::uint64_t t) {
  throw CallError(scheduler.name(), scheduler.name() + ": gave the momentum " + std::to_string(momentum) + " at t = " +
                                        std::to_string(t) + "; a momentum is at least 0 and less than 1, or NaN to leave it");
}

}  // namespace

void LearningRate::set_base(double base) {
  base_ = base;
  dirty_ = true;
  ++changes_;
}

void LearningRate::set_factor(const Instance& who, double factor, double floor) {
  factors_[who.name()] = {who.name(), &who, factor, floor};
  dirty_ = true;
  ++changes_;
}

void LearningRate::set_factor_elsewhere(const std::string& name, double factor, double floor) {
  factors_[name] = {name, nullptr, factor, floor};
  dirty_ = true;
  ++changes_;
}

std::vector<const LearningRate::Factor*> LearningRate::factors() const {
  std::vector<const Factor*> result;
  for (const auto& [name, given] : factors_)
    if (given.who == nullptr || given.who->enabled()) result.push_back(&given);
  return result;
}

void LearningRate::prepare(std::uint64_t epochs, std::uint64_t steps_per_epoch, std::uint64_t steps) {
  for (const Stage& stage : schedulers_) {
    const auto prepare = stage.scheduler->component().scheduler.prepare;
    if (prepare == nullptr) continue;
    const treino_schedule_plan plan{sizeof(treino_schedule_plan), 0, stage.unit == Unit::epoch ? epochs : steps, steps_per_epoch,
                                    base_};
    stage.scheduler->call("prepare", [&](void* self, treino_error* error) { return prepare(self, &plan, error); });
  }
}

void LearningRate::move_to(std::uint64_t step, std::uint64_t epoch) {
  for (const Stage& stage : schedulers_)
    if (stage.unit == Unit::step ? step != step_ : epoch != epoch_) dirty_ = true;
  step_ = step;
  epoch_ = epoch;
  if (dirty_) compute();
}

void LearningRate::compute() {
  double learning_rate = base_;
  momentum_ = std::numeric_limits<double>::quiet_NaN();
  // What no scheduler counts does not say where this was computed last, which a resumed run does elsewhere.
  const auto is_counted = [&](Unit unit) {
    return std::any_of(schedulers_.begin(), schedulers_.end(), [&](const Stage& stage) { return stage.unit == unit; });
  };
  schedule_.step = is_counted(Unit::step) ? step_ : 0;
  schedule_.epoch = is_counted(Unit::epoch) ? epoch_ : 0;
  schedule_.base = base_;
  schedule_.learning_rates.assign(schedulers_.size(), std::numeric_limits<double>::quiet_NaN());
  for (std::size_t i = 0; i < schedulers_.size(); ++i) {
    const Stage& stage = schedulers_[i];
    if (!stage.scheduler->enabled()) continue;
    const std::uint64_t t = stage.unit == Unit::step ? step_ : epoch_;
    treino_schedule_value value{learning_rate, std::numeric_limits<double>::quiet_NaN()};
    try {
      stage.scheduler->call("learning_rate", [&](void* self, treino_error* error) {
        return stage.scheduler->component().scheduler.learning_rate(self, t, learning_rate, &value, error);
      });
      if (!std::isfinite(value.learning_rate) || value.learning_rate < 0) refuse(*stage.scheduler, value.learning_rate, t);
      if (!std::isnan(value.momentum) && !(value.momentum >= 0 && value.momentum < 1))
        refuse_momentum(*stage.scheduler, value.momentum, t);
    } catch (const CallError& failure) {
      if (!stage.scheduler->may_disable()) throw;
      session_.disable(*stage.scheduler, failure.what());
      continue;
    }
    learning_rate = schedule_.learning_rates[i] = value.learning_rate;
    if (!std::isnan(value.momentum)) momentum_ = value.momentum;
  }
  double floor = 0;
  double factor = 1;
  for (const auto& [name, given] : factors_) {
    if (given.who != nullptr && !given.who->enabled()) continue;
    factor *= given.factor;
    floor = std::max(floor, given.floor);
  }
  // A floor keeps factors from going below it; it does not lift a learning rate that the schedule itself has set lower.
  learning_rate_ = std::max(learning_rate * factor, std::min(learning_rate, floor));
  dirty_ = false;
}

}  // namespace treino::host
