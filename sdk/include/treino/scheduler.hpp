// Schedulers in C++: a pure function of t and the base rate, in double precision.
#pragma once
#include <algorithm>
#include <treino/child.hpp>
#include <treino/detail/component.hpp>
#include <treino/plugin.hpp>

namespace treino {
inline namespace sdk0 {

using SchedulePlan = treino_schedule_plan;

struct LearningRate : treino_schedule_value {
  // Implicit, so that a scheduler of the learning rate alone returns a number.
  LearningRate(double value, double new_momentum = std::numeric_limits<double>::quiet_NaN())
      : treino_schedule_value{value, new_momentum} {}
};

class Scheduler : public Plugin {
 public:
  /// Before the run; throws where the schedule cannot be followed (for example a milestone beyond the end).
  virtual void prepare(const SchedulePlan&) {}
  /// t counts steps or epochs from 0, as `unit` says; base is the rate before this scheduler.
  virtual LearningRate learning_rate(std::uint64_t t, double base) const = 0;
};

inline constexpr double pi = 3.14159265358979323846;

/// Throws where `values`, the parameter `name`, are not in order.
inline void expect_in_order(const char* name, const std::vector<std::uint64_t>& values) {
  for (std::size_t i = 1; i < values.size(); ++i)
    if (values[i] < values[i - 1])
      throw std::invalid_argument(std::string(name) + " has " + std::to_string(values[i]) + " after " +
                                  std::to_string(values[i - 1]) + ": put them in order");
}

/// Throws where t ends before `value`, which the parameter `name` gives.
inline void expect_reached(const char* name, std::uint64_t value, const SchedulePlan& plan) {
  if (plan.total > 0 && value >= plan.total)
    throw std::invalid_argument(std::string(name) + ": " + std::to_string(value) + " is never reached, since t ends at " +
                                std::to_string(plan.total - 1) +
                                ". Choose a smaller one, train longer, or change `unit`, which says what t counts");
}

/// Throws where a stretch of `length`, which the parameter `name` gives, is longer than the run.
inline void expect_room(const char* name, std::uint64_t length, const SchedulePlan& plan) {
  if (plan.total > 0 && length > plan.total)
    throw std::invalid_argument(std::string(name) + ": " + std::to_string(length) + " is more than the " +
                                std::to_string(plan.total) +
                                " that t counts. Choose a smaller one, train longer, or change `unit`, which says what t counts");
}

/// The parameter total_steps, or else the length of the run. Throws where neither is known.
inline std::uint64_t total_steps(const std::optional<std::uint64_t>& given, const SchedulePlan& plan) {
  if (given) return *given;
  if (plan.total == 0) throw std::invalid_argument("the length of the run is not known here: give total_steps");
  return plan.total;
}

/// A scheduler inside a scheduler, out of one element of a parameter of type "scheduler", or of a list of them.
class SchedulerChild {
 public:
  explicit SchedulerChild(const Child& child) : child_(child), table_(static_cast<const treino_scheduler*>(child.functions)) {}
  SchedulerChild(const Host& host, const treino_value& table) : SchedulerChild(host.child("scheduler", table)) {
    for (std::uint32_t i = 0; i < table.count; ++i)
      if (std::strcmp(table.as.table[i].name, "plugin") == 0) id_ = table.as.table[i].value.as.text;
  }
  void prepare(const SchedulePlan& plan) const {
    if (table_->prepare == nullptr) return;
    detail::ErrorText text;
    text.check(table_->prepare(child_.self, &plan, &text.error));
  }
  LearningRate learning_rate(std::uint64_t t, double base) const {
    LearningRate value(base);
    detail::ErrorText text;
    text.check(table_->learning_rate(child_.self, t, base, &value, &text.error));
    return value;
  }

  const std::string& id() const { return id_; }

  /// A child's state is a part of its parent's.
  void save(Writer& writer) const {
    writer.write(id_);
    writer.write(child_.state_version);
    writer.write(state_of(child_));
  }
  /// What save() wrote; the state of another plugin is passed over, since the manifest may have changed.
  void load(Reader& reader) const {
    const auto id = reader.get<std::string>();
    const auto version = reader.get<std::uint32_t>();
    std::vector<unsigned char> bytes;
    reader.read(bytes);
    if (id == id_ && !bytes.empty() && child_.lifecycle->load != nullptr) set_state(child_, std::move(bytes), version);
  }

 private:
  Child child_;
  const treino_scheduler* table_;
  std::string id_;
};

/// The stages of a list parameter, each a child.
inline std::vector<SchedulerChild> children(const Setup& setup, const char* name) {
  const treino_value& list = setup.value(name);
  std::vector<SchedulerChild> children;
  for (std::uint32_t i = 0; i < list.count; ++i) children.emplace_back(setup.host(), list.as.list[i]);
  return children;
}
inline void save_children(Writer& writer, const std::vector<SchedulerChild>& children) {
  writer.write(std::uint64_t{children.size()});
  for (const SchedulerChild& child : children) child.save(writer);
}
/// Where the manifest has another number of stages than the state, those that both have are taken.
inline void load_children(Reader& reader, const std::vector<SchedulerChild>& children) {
  const auto count = reader.get<std::uint64_t>();
  for (std::uint64_t i = 0; i < count; ++i) {
    if (i < children.size()) {
      children[i].load(reader);
      continue;
    }
    reader.get<std::string>();
    reader.get<std::uint32_t>();
    std::vector<unsigned char> bytes;
    reader.read(bytes);
  }
}

namespace detail {

template <class T>
struct Kind<T, std::enable_if_t<std::is_base_of_v<Scheduler, T>>> {
  using Base = Scheduler;
  static constexpr const char* kind = "scheduler";
  static treino_status prepare(void* self, const treino_schedule_plan* plan, treino_error* error) {
    return guarded(error, [&] { Lifecycle<T, Scheduler>::get(self).prepare(*plan); });
  }
  static treino_status rate(void* self, std::uint64_t t, double base, treino_schedule_value* value, treino_error* error) {
    return guarded(error, [&] { *value = Lifecycle<T, Scheduler>::get(self).learning_rate(t, base); });
  }
  static constexpr treino_scheduler table() { return {sizeof(treino_scheduler), 0, prepare, rate}; }
};

}  // namespace detail
}  // namespace sdk0
}  // namespace treino

// The parameters that this header reads, for descriptions: TREINO_PLUGIN(X, R"toml(...)toml" TREINO_TOTAL_STEPS_TOML).
#define TREINO_TOTAL_STEPS_TOML \
  "\n"                          \
  "[parameters.total_steps]\n"  \
  "type = \"int\"\n"            \
  "min = 1\n"                   \
  "max = 1000000000000\n"       \
  "doc = \"steps in all; the run's length where it is not given\"\n"
