// The one authority for the learning rate: base -> schedulers in order -> factors -> floor. Nobody else writes it.
#pragma once
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace treino::host {

class Instance;
class Session;

class LearningRate {
 public:
  explicit LearningRate(Session& session) : session_(session) {}

  enum class Unit { step, epoch };
  void add(Instance& scheduler, Unit unit) { schedulers_.push_back({&scheduler, unit}); }
  void set_base(double base);
  double base() const { return base_; }
  void set_factor(const Instance& who, double factor, double floor);
  /// The same for an instance that another rank alone has.
  void set_factor_elsewhere(const std::string& name, double factor, double floor);
  struct Factor {
    std::string name;     // the instance's
    const Instance* who;  // null: on another rank
    double factor, floor;
  };
  /// The factors of instances that take part, in the order of their names.
  std::vector<const Factor*> factors() const;
  /// Counts the calls of set_base() and set_factor().
  std::uint64_t changes() const { return changes_; }

  /// Calls every scheduler's prepare(). `steps`: of all epochs. steps_per_epoch is 0 where it differs from epoch to epoch. Throws
  /// CallError.
  void prepare(std::uint64_t epochs, std::uint64_t steps_per_epoch, std::uint64_t steps);
  /// Moves to a step and an epoch (both from 0); it is computed again only where something it depends on has changed.
  void move_to(std::uint64_t step, std::uint64_t epoch);
  double learning_rate() {
    if (dirty_) compute();
    return learning_rate_;
  }
  /// Moves there, and takes what is found into use: applied() tells it until the next time.
  double apply(std::uint64_t step, std::uint64_t epoch) {
    move_to(step, epoch);
    return applied_ = learning_rate();
  }
  /// Of the step taken last, or of the first one of an epoch that begins: what events tell.
  double applied() const { return applied_; }
  void set_applied(double learning_rate) { applied_ = learning_rate; }  // of a resumed run
  double momentum() const { return momentum_; }                         // NaN: the optimizer's own

  /// What each scheduler gave when it was computed last, and for where; NaN for one that is out of the run.
  struct Schedule {
    std::uint64_t step = 0, epoch = 0;
    double base = 0;
    std::vector<double> learning_rates;
  };
  const Schedule& schedule() const { return schedule_; }

 private:
  struct Stage {
    Instance* scheduler;
    Unit unit;
  };
  void compute();

  Session& session_;
  std::vector<Stage> schedulers_;
  std::map<std::string, Factor> factors_;  // by name: the order of the products is the same in every process
  std::uint64_t changes_ = 0;
  double base_ = 0, learning_rate_ = 0, applied_ = 0;
  double momentum_ = std::numeric_limits<double>::quiet_NaN();
  Schedule schedule_;
  std::uint64_t step_ = 0, epoch_ = 0;
  bool dirty_ = true;
};

}  // namespace treino::host
