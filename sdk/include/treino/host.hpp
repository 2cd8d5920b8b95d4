// The host's services as a plugin's C++ code calls them, and how failures cross the border between the two.
#pragma once
#include <treino/abi.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <exception>
#include <limits>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <treino/language.hpp>
#include <treino/outcome.hpp>
#include <treino/services.hpp>
#include <type_traits>
#include <utility>
#include <vector>

namespace treino {
inline namespace sdk0 {

namespace detail {

inline void copy_text(treino_error* error, const char* text) noexcept {
  if (error == nullptr || error->text == nullptr || error->capacity == 0) return;
  if (text == nullptr) text = "threw an exception without a text";
  std::size_t size = std::strlen(text);
  if (size >= error->capacity) size = error->capacity - 1;
  std::memcpy(error->text, text, size);
  error->text[size] = '\0';
}

/// Runs `body`; no exception leaves a plugin.
template <class Body>
treino_status guarded(treino_error* error, Body&& body) noexcept {
  try {
    body();
    return TREINO_OK;
  } catch (const std::exception& failure) {
    copy_text(error, failure.what());
  } catch (...) {
    copy_text(error, "threw something that is not a std::exception");
  }
  return TREINO_FAILED;
}

/// The buffer that calls into the host get for their errors.
struct ErrorText {
  char text[1024] = {0};
  treino_error error{sizeof(treino_error), sizeof text, text};
  void check(treino_status status) const {
    if (status != TREINO_OK) throw std::runtime_error(text[0] != '\0' ? text : "the host refused a request without a reason");
  }
};

/// Whether a table is long enough to have a function, and has it.
template <class Table, class Function>
bool has(Function Table::*function, const Table* table) {
  const auto end = reinterpret_cast<const char*>(&(table->*function)) - reinterpret_cast<const char*>(table) +
                   static_cast<std::ptrdiff_t>(sizeof(Function));
  return static_cast<std::ptrdiff_t>(table->size) >= end && table->*function != nullptr;
}

}  // namespace detail

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
/// create fails before the constructor is called; without a log or a screen, what is said is not received.
class Host {
 public:
  Host() = default;
  explicit Host(const treino_host* host) : host_(host) {}

  // [any] The run's log; also on the screen from info up.
  void debug(const std::string& text) const { log(TREINO_LOG_DEBUG, text); }
  void info(const std::string& text) const { log(TREINO_LOG_INFO, text); }
  void warn(const std::string& text) const { log(TREINO_LOG_WARNING, text); }
  void error(const std::string& text) const { log(TREINO_LOG_ERROR, text); }

  /// Name, folder, seed and sizes of the run; from run_begin on.
  const treino_run_info& run() const {
    TREINO_USES_SERVICE(TREINO_RUN_SERVICE);
    return *service<treino_run>(TREINO_RUN_SERVICE)->info(host_);
  }

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

  // Requests, acted on when every callback has received the event.
  void stop(const std::string& reason, Outcome outcome = Outcome::early_stopped) const {
    control()->stop(host_, static_cast<std::uint32_t>(outcome), reason.c_str());
  }
  void skip_step(const std::string& reason) const { control()->skip_step(host_, reason.c_str()); }
  void remember() const { control()->remember(host_); }
  bool roll_back(const std::string& reason) const { return control()->roll_back(host_, reason.c_str()) == TREINO_OK; }
  void save_weights(const std::string& path) const { checkpoints()->save(host_, path.c_str(), TREINO_SAVE_WEIGHTS); }
  void save_everything(const std::string& path) const { checkpoints()->save(host_, path.c_str(), TREINO_SAVE_EVERYTHING); }
  /// The values of a set of weights ("ema"), or, where `set` is "", of those being trained, wherever they are swapped to.
  void save_weights(const std::string& path, const std::string& set) const {
    newer(&treino_checkpoint::save_as, checkpoints())(host_, path.c_str(), TREINO_SAVE_WEIGHTS, set.c_str(), 0);
  }
  /// Copied at the safe point and written by a thread of the host's; checkpoint_saved comes when it is there, at the latest before
  /// the next epoch_end.
  void save_weights_later(const std::string& path, const std::string& set) const {
    newer(&treino_checkpoint::save_as, checkpoints())(host_, path.c_str(), TREINO_SAVE_WEIGHTS, set.c_str(), TREINO_SAVE_LATER);
  }
  /// `set`: which of the sets, all of which are in the file, a model takes that is loaded from it and not trained further.
  void save_everything_later(const std::string& path, const std::string& set = "") const {
    newer(&treino_checkpoint::save_as, checkpoints())(host_, path.c_str(), TREINO_SAVE_EVERYTHING, set.c_str(),
                                                      TREINO_SAVE_LATER);
  }
  void save_everything(const std::string& path, const std::string& set) const {
    newer(&treino_checkpoint::save_as, checkpoints())(host_, path.c_str(), TREINO_SAVE_EVERYTHING, set.c_str(), 0);
  }
  /// The same, of which only the newest counts: no epoch's end waits for it, and checkpoint_saved comes whenever it is there.
  void save_everything_unawaited(const std::string& path) const {
    newer(&treino_checkpoint::save_as, checkpoints())(host_, path.c_str(), TREINO_SAVE_EVERYTHING, "",
                                                      TREINO_SAVE_LATER | TREINO_SAVE_UNAWAITED);
  }
  /// In the constructor: announces a file that no parameter of type `output` names. Throws where it belongs to somebody else; a
  /// host older than ABI 0.3 does not look.
  void claim_output(const std::string& path) const {
    const void* table = host_ == nullptr ? nullptr : host_->service(host_, TREINO_OUTPUTS_SERVICE);
    if (table == nullptr) return;
    detail::ErrorText text;
    text.check(static_cast<const treino_outputs*>(table)->claim(host_, path.c_str(), &text.error));
  }
  /// Trains `steps` batches at once at the rates that `next(done, loss)` gives (NaN ends), and puts everything back as it was.
  template <class Next>
  void trial_steps(std::uint64_t steps, Next&& next) const {
    using Function = std::remove_reference_t<Next>;
    struct Call {
      Function* next;
      std::exception_ptr failure;
    } call{&next, nullptr};
    const auto thunk = [](void* context, std::uint64_t done, double loss) -> double {
      auto* one = static_cast<Call*>(context);
      try {
        return (*one->next)(done, loss);
      } catch (...) {  // nothing is thrown through the host's frames
        one->failure = std::current_exception();
        return std::numeric_limits<double>::quiet_NaN();
      }
    };
    detail::ErrorText text;
    const treino_status status = newer(&treino_control::trial_steps, control())(host_, steps, thunk, &call, &text.error);
    if (call.failure) std::rethrow_exception(call.failure);
    text.check(status);
  }
  /// Makes batch_norm's running statistics the averages over the training data; false where the model has none.
  bool estimate_statistics() const {
    detail::ErrorText text;
    const treino_status status = newer(&treino_control::estimate_statistics, control())(host_, &text.error);
    if (status != TREINO_MISSING) text.check(status);
    return status == TREINO_OK;
  }
  /// Bytes that all plugins together say they freed.
  std::uint64_t collect_garbage() const { return newer(&treino_control::collect_garbage, control())(host_); }

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

  // The model. What it is made of is known from the constructor on, its values from run_begin on.
  std::uint32_t parameter_count() const { return model()->parameter_count(host_); }
  std::string parameter_name(std::uint32_t index) const { return model()->parameter_name(host_, index); }
  bool trainable(std::uint32_t index) const { return model()->parameter_trainable(host_, index) != 0; }
  treino_tensor parameter(std::uint32_t index) const {
    treino_tensor view{};
    if (model()->parameter(host_, index, &view) != TREINO_OK) throw std::out_of_range("no such parameter");
    return view;
  }
  std::optional<treino_tensor> gradient(std::uint32_t index) const {
    treino_tensor view{};
    if (model()->gradient(host_, index, &view) != TREINO_OK) return std::nullopt;
    return view;
  }
  void set_parameter(std::uint32_t index, const treino_tensor& values) const {
    detail::ErrorText text;
    text.check(model()->set_parameter(host_, index, &values, &text.error));
  }
  /// A parameter that is not trainable keeps its value. To be set again in run_begin of a resumed run.
  void set_trainable(std::uint32_t index, bool on) const {
    detail::ErrorText text;
    text.check(newer(&treino_model::set_trainable, model())(host_, index, on ? 1 : 0, &text.error));
  }
  std::uint32_t layer_count() const { return model()->layer_count(host_); }
  treino_layer_info layer(std::uint32_t index) const {
    treino_layer_info info{};
    info.size = sizeof info;
    if (model()->layer(host_, index, &info) != TREINO_OK) throw std::out_of_range("no such layer");
    return info;
  }

  // Further sets of values for all parameters, kept and saved by the host.
  /// In the constructor or run_begin.
  std::uint32_t make_weights(const std::string& name) const {
    std::uint32_t set = 0;
    detail::ErrorText text;
    text.check(weight_sets()->make(host_, name.c_str(), &set, &text.error));
    return set;
  }
  /// From run_begin on: one that any plugin has made. Throws with the nearest right name where there is none.
  std::uint32_t find_weights(const std::string& name) const {
    std::uint32_t set = 0;
    detail::ErrorText text;
    text.check(weight_sets()->find(host_, name.c_str(), &set, &text.error));
    return set;
  }
  /// The name of the set that was in the model when the scalar was last measured; "" where it was the weights being trained. From
  /// ABI 0.3 on; an older host does not say, and gives "".
  std::string measured_with(Scalar scalar) const {
    const treino_weights* table = weight_sets();
    return detail::has(&treino_weights::measured_with, table) ? table->measured_with(host_, scalar) : "";
  }
  /// Its owner may write through it.
  treino_tensor weights(std::uint32_t set, std::uint32_t parameter) const {
    treino_tensor view{};
    if (weight_sets()->view(host_, set, parameter, &view) != TREINO_OK)
      throw std::out_of_range("no such set of weights or parameter");
    return view;
  }
  /// Exchanges the set's values with the model's; during a pass over validation, test or prediction data until its end.
  void swap_weights(std::uint32_t set) const {
    detail::ErrorText text;
    text.check(weight_sets()->swap(host_, set, &text.error));
  }
  bool swapped(std::uint32_t set) const { return weight_sets()->swapped(host_, set) != 0; }

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

  const treino_host* handle() const { return host_; }

 private:
  const void* find_service(const char* name) const { return host_ == nullptr ? nullptr : host_->service(host_, name); }
  template <class Table>
  const Table* service(const char* name) const {
    const void* table = find_service(name);
    if (table == nullptr) throw std::runtime_error(std::string("this host has no service ") + name);
    return static_cast<const Table*>(table);
  }
  template <class Table>
  const Table* cached(const Table*& table, const char* name) const {
    if (table == nullptr) table = service<Table>(name);
    return table;
  }
  const treino_scalars* scalars() const {
    TREINO_USES_SERVICE(TREINO_SCALARS_SERVICE);
    return cached(scalars_, TREINO_SCALARS_SERVICE);
  }
  const treino_control* control() const {
    TREINO_USES_SERVICE(TREINO_CONTROL_SERVICE);
    return service<treino_control>(TREINO_CONTROL_SERVICE);
  }
  const treino_checkpoint* checkpoints() const {
    TREINO_USES_SERVICE(TREINO_CHECKPOINT_SERVICE);
    return service<treino_checkpoint>(TREINO_CHECKPOINT_SERVICE);
  }
  const treino_learning_rate* learning_rates() const {
    TREINO_USES_SERVICE(TREINO_LEARNING_RATE_SERVICE);
    return service<treino_learning_rate>(TREINO_LEARNING_RATE_SERVICE);
  }
  const treino_model* model() const {
    TREINO_USES_SERVICE(TREINO_MODEL_SERVICE);
    return cached(model_, TREINO_MODEL_SERVICE);
  }
  const treino_weights* weight_sets() const {
    TREINO_USES_SERVICE(TREINO_WEIGHTS_SERVICE);
    return cached(weights_, TREINO_WEIGHTS_SERVICE);
  }
  const treino_profile* profile() const {
    TREINO_USES_SERVICE(TREINO_PROFILE_SERVICE);
    return cached(profile_, TREINO_PROFILE_SERVICE);
  }
  /// A function that a table may lack: an older host's table ends before it.
  template <class Table, class Function>
  static Function newer(Function Table::*function, const Table* table) {
    if (!detail::has(function, table)) throw std::runtime_error("this host is older than ABI 0.2, which this plugin needs here");
    return table->*function;
  }
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

  const treino_host* host_ = nullptr;
  mutable const treino_scalars* scalars_ = nullptr;
  mutable const treino_model* model_ = nullptr;
  mutable const treino_weights* weights_ = nullptr;
  mutable const treino_profile* profile_ = nullptr;
};

}  // namespace sdk0
}  // namespace treino
