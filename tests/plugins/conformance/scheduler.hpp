// A scheduler as a case describes it: created, prepared, and asked for rates.
#pragma once
#include "plugins/conformance/cases.hpp"
#include "plugins/conformance/instance.hpp"

namespace treino::conformance {

/// Throws Refusal where the parameters or the plan are refused.
class Scheduler {
 public:
  Scheduler(const PluginUnderTest& plugin, const manifest::Table& one)
      : plugin_(plugin), instance_(plugin, parameters_of(plugin, one)) {
    const auto total = static_cast<std::uint64_t>(number(one, "total", 0.0));
    const treino_schedule_plan plan{sizeof(treino_schedule_plan), 0, total,
                                    static_cast<std::uint64_t>(number(one, "steps_per_epoch", 0.0)), number(one, "base")};
    if (plugin.scheduler->prepare == nullptr) return;
    ErrorBuffer error;
    error.check(plugin.scheduler->prepare(instance_.self(), &plan, error.get()));
  }
  treino_schedule_value at(std::uint64_t t, double base) const {
    treino_schedule_value value{};
    ErrorBuffer error;
    error.check(plugin_.scheduler->learning_rate(instance_.self(), t, base, &value, error.get()));
    return value;
  }
  Instance& instance() { return instance_; }

 private:
  const PluginUnderTest& plugin_;
  Instance instance_;
};

}  // namespace treino::conformance
