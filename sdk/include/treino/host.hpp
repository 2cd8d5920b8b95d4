// The host's services as a plugin's C++ code calls them.
#pragma once
#include <treino/abi.h>

#include <cmath>  // values may be NaN
#include <cstdint>
#include <optional>
#include <string>
#include <treino/detail/border.hpp>
#include <treino/detail/host_model.hpp>
#include <treino/outcome.hpp>
#include <treino/services.hpp>
#include <utility>
#include <vector>

namespace treino {
inline namespace sdk0 {

enum class Direction : std::uint32_t {
  none = TREINO_NO_DIRECTION,
  lower = TREINO_LOWER_IS_BETTER,
  higher = TREINO_HIGHER_IS_BETTER
};

/// Where a scalar comes from.
enum class Origin : std::uint32_t { loss = TREINO_SCALAR_LOSS, metric = TREINO_SCALAR_METRIC, callback = TREINO_SCALAR_CALLBACK };

/// A scalar of the run (a loss, a metric, what a callback logs), found once by name.
using Scalar = std::uint32_t;

/// A plugin inside a plugin (a stage of a sequence, a term of a sum).
using Child = treino_child;

/// The host's services. Cheap to copy; valid as long as the plugin's instance. Where the host lacks a service that the plugin uses,
/// create fails before the constructor is called; without a log or a screen, what is said is not received. The run, what
/// acts on it, and the model stand in the classes that it is derived from.
class Host : public detail::HostModel {
 public:
  Host() = default;
  explicit Host(const treino_host* host) : HostModel(host) {}

  // [any] The run's log; also on the screen from info up.
  void debug(const std::string& text) const { log(TREINO_LOG_DEBUG, text); }
  void info(const std::string& text) const { log(TREINO_LOG_INFO, text); }
  void warn(const std::string& text) const { log(TREINO_LOG_WARNING, text); }
  void error(const std::string& text) const { log(TREINO_LOG_ERROR, text); }

  // Scalars, from run_begin on.
  Scalar find(const std::string& name) const {
    Scalar scalar = 0;
    detail::ErrorText text;
    text.check(scalars()->find(host_, name.c_str(), &scalar, &text.error));
    return scalar;
  }
  std::uint32_t scalar_count() const { return scalars()->count(host_); }
  std::string name(Scalar scalar) const { return scalars()->name(host_, scalar); }
  Direction direction(Scalar scalar) const { return static_cast<Direction>(scalars()->direction(host_, scalar)); }
  Origin origin(Scalar scalar) const { return static_cast<Origin>(newer(&treino_scalars::origin, scalars())(host_, scalar)); }
  /// Empty where there is no value yet; NaN is a value.
  std::optional<double> value(Scalar scalar) const {
    double value = 0;
    if (scalars()->value(host_, scalar, &value) != TREINO_OK) return std::nullopt;
    return value;
  }
  /// In the constructor only; the description lists the name in `scalars`.
  Scalar declare(const std::string& name, Direction direction = Direction::none) const {
    Scalar scalar = 0;
    detail::ErrorText text;
    text.check(scalars()->declare(host_, name.c_str(), static_cast<std::uint32_t>(direction), &scalar, &text.error));
    return scalar;
  }
  void log_scalar(Scalar scalar, double value) const { scalars()->log(host_, scalar, value); }
  /// The name of the set that was in the model when the scalar was last measured; "" where it was the weights being trained. From
  /// ABI 0.3 on; an older host does not say, and gives "".
  std::string measured_with(Scalar scalar) const {
    const treino_weights* table = weight_sets();
    return detail::has(&treino_weights::measured_with, table) ? table->measured_with(host_, scalar) : "";
  }

  // Tables of metrics, as they were at the end of the last pass through their data ("val_" and "test_" before the name as for
  // scalars).
  std::uint32_t table_count() const {
    const treino_tables* table = tables();
    return table == nullptr ? 0 : table->count(host_);
  }
  /// Valid during the event; empty where there is none yet.
  std::optional<treino_table> table(std::uint32_t index) const {
    treino_table table{};
    table.size = sizeof table;
    if (tables() == nullptr || tables()->table(host_, index, &table) != TREINO_OK) return std::nullopt;
    return table;
  }

  // The learning rate.
  double learning_rate() const { return learning_rates()->current(host_); }
  double base_learning_rate() const { return learning_rates()->base(host_); }
  void set_base_learning_rate(double rate) const { learning_rates()->set_base(host_, rate); }
  void set_learning_rate_factor(double factor, double floor = 0) const { learning_rates()->set_factor(host_, factor, floor); }
  /// The factors that are set, by the names of the instances that set them.
  std::vector<std::pair<std::string, double>> learning_rate_factors() const {
    std::vector<std::pair<std::string, double>> factors;
    const std::uint32_t count = newer(&treino_learning_rate::factor_count, learning_rates())(host_);
    for (std::uint32_t i = 0; i < count; ++i) {
      const char* who = nullptr;
      double factor = 1;
      if (learning_rates()->factor(host_, i, &who, &factor) == TREINO_OK) factors.emplace_back(who, factor);
    }
    return factors;
  }
  /// Of the optimizer in the current step; NaN where it has none.
  double momentum() const { return newer(&treino_learning_rate::momentum, learning_rates())(host_); }
  double weight_decay() const { return newer(&treino_learning_rate::weight_decay, learning_rates())(host_); }

  // Where the time goes: see treino_profile.
  void profile_start(std::uint64_t categories, std::uint64_t capacity) const {
    detail::ErrorText text;
    text.check(profile()->start(host_, categories, capacity, &text.error));
  }
  void profile_stop() const { profile()->stop(host_); }
  struct Spans {
    const treino_span* data;
    std::uint64_t count, dropped;
  };
  Spans profile_spans() const {
    Spans spans{};
    spans.count = profile()->spans(host_, &spans.data, &spans.dropped);
    return spans;
  }
  treino_span_total profile_total(std::uint32_t category) const { return profile()->total(host_, category); }
  std::string profile_subject(std::uint32_t category, std::uint32_t subject) const {
    return profile()->subject(host_, category, subject);
  }

  // The batch just seen, in the batch_end events.
  std::optional<treino_tensor> prediction() const { return view(&treino_predictions::prediction); }
  std::optional<treino_tensor> target() const { return view(&treino_predictions::target); }
  std::optional<treino_tensor> rows() const { return view(&treino_predictions::rows); }
  const treino_problem& problem() const {
    TREINO_USES_SERVICE(TREINO_PREDICTIONS_SERVICE);
    return *service<treino_predictions>(TREINO_PREDICTIONS_SERVICE)->problem(host_);
  }

  /// In [0, 1), by address: the same (step, index) always gives the same number in this run and instance.
  double uniform(std::uint64_t step, std::uint64_t index) const {
    TREINO_USES_SERVICE(TREINO_RANDOM_SERVICE);
    return service<treino_random>(TREINO_RANDOM_SERVICE)->uniform(host_, step, index);
  }

  // The screen.
  bool is_terminal() const { return screen() != nullptr && screen()->is_terminal(host_) != 0; }
  std::uint32_t columns() const { return screen() == nullptr ? 80 : screen()->columns(host_); }
  bool colors() const { return screen() != nullptr && screen()->colors(host_) != 0; }
  void print(const std::string& line) const {
    if (screen() != nullptr) screen()->line(host_, line.c_str());
  }
  void status(const std::string& line) const {
    if (screen() != nullptr) screen()->status(host_, line.c_str());
  }

  /// In the constructor only: builds the plugin that a parameter of type "scheduler", "loss" or "metric" names.
  Child child(const char* kind, const treino_value& table) const {
    Child child{};
    child.size = sizeof child;
    TREINO_USES_SERVICE(TREINO_CHILDREN_SERVICE);
    detail::ErrorText text;
    text.check(service<treino_children>(TREINO_CHILDREN_SERVICE)->create(host_, kind, &table, &child, &text.error));
    return child;
  }

 private:
  const treino_screen* screen() const { return static_cast<const treino_screen*>(find_service(TREINO_SCREEN_SERVICE)); }
  const treino_tables* tables() const {
    return host_ == nullptr ? nullptr : static_cast<const treino_tables*>(host_->service(host_, TREINO_TABLE_SERVICE));
  }
  void log(std::uint32_t level, const std::string& text) const {
    if (const auto* table = static_cast<const treino_log*>(find_service(TREINO_LOG_SERVICE)))
      table->log(host_, level, text.c_str());
  }
  std::optional<treino_tensor> view(treino_status (*treino_predictions::*function)(const treino_host*, treino_tensor*)) const {
    TREINO_USES_SERVICE(TREINO_PREDICTIONS_SERVICE);
    treino_tensor tensor{};
    if ((service<treino_predictions>(TREINO_PREDICTIONS_SERVICE)->*function)(host_, &tensor) != TREINO_OK) return std::nullopt;
    return tensor;
  }
};

}  // namespace sdk0
}  // namespace treino
