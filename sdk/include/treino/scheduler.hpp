// Schedulers in C++: a pure function of t and the base rate, in double precision.
#pragma once
#include <treino/plugin.hpp>

namespace treino {
inline namespace sdk0 {

using SchedulePlan = treino_schedule_plan;

struct Rate : treino_schedule_value {
  // Implicit, so that a scheduler of the rate alone returns a number.
  Rate(double value, double new_momentum = std::numeric_limits<double>::quiet_NaN())
      : treino_schedule_value{value, new_momentum} {}
};

class Scheduler : public Plugin {
 public:
  /// Before the run; throws where the schedule cannot be followed (a milestone beyond the end, say).
  virtual void prepare(const SchedulePlan&) {}
  /// t counts steps or epochs from 0, as `unit` says; base is the rate before this scheduler.
  virtual Rate rate(std::uint64_t t, double base) const = 0;
};

/// A scheduler inside a scheduler.
class SchedulerChild {
 public:
  explicit SchedulerChild(const Child& child) : child_(child), table_(static_cast<const treino_scheduler*>(child.functions)) {}
  void prepare(const SchedulePlan& plan) const {
    if (table_->prepare == nullptr) return;
    detail::ErrorText text;
    text.check(table_->prepare(child_.self, &plan, &text.error));
  }
  Rate rate(std::uint64_t t, double base) const {
    Rate value(base);
    detail::ErrorText text;
    text.check(table_->rate(child_.self, t, base, &value, &text.error));
    return value;
  }

 private:
  Child child_;
  const treino_scheduler* table_;
};

namespace detail {

template <class T>
struct Kind<T, std::enable_if_t<std::is_base_of_v<Scheduler, T>>> {
  using Base = Scheduler;
  static constexpr const char* kind = "scheduler";
  static treino_status prepare(void* self, const treino_schedule_plan* plan, treino_error* error) {
    return guarded(error, [&] { Lifecycle<T, Scheduler>::get(self).prepare(*plan); });
  }
  static treino_status rate(void* self, std::uint64_t t, double base, treino_schedule_value* value, treino_error* error) {
    return guarded(error, [&] { *value = Lifecycle<T, Scheduler>::get(self).rate(t, base); });
  }
  static constexpr treino_scheduler table() { return {sizeof(treino_scheduler), 0, prepare, rate}; }
};

}  // namespace detail
}  // namespace sdk0
}  // namespace treino
