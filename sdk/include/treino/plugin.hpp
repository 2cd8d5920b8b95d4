// What the four kinds of plugins have in common: parameters, the host's services, and the glue between a C++ class and the C
// contract.
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
#include <treino/state.hpp>
#include <type_traits>
#include <utility>
#include <vector>

namespace treino {
inline namespace sdk0 {

namespace detail {

inline void copy_text(treino_error* error, const char* text) noexcept {
  if (error == nullptr || error->text == nullptr || error->capacity == 0) return;
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

template <class T>
T convert(const treino_value& value) {
  if constexpr (std::is_same_v<T, bool>) {
    if (value.type == TREINO_BOOL) return value.as.integer != 0;
  } else if constexpr (std::is_integral_v<T>) {
    if (value.type == TREINO_INT) return static_cast<T>(value.as.integer);
  } else if constexpr (std::is_floating_point_v<T>) {
    if (value.type == TREINO_FLOAT) return static_cast<T>(value.as.real);
    if (value.type == TREINO_INT) return static_cast<T>(value.as.integer);
  } else if constexpr (std::is_same_v<T, std::string>) {
    if (value.type == TREINO_TEXT) return std::string(value.as.text, value.count);
  } else {
    if (value.type == TREINO_LIST) {
      T list;
      for (std::uint32_t i = 0; i < value.count; ++i) list.push_back(convert<typename T::value_type>(value.as.list[i]));
      return list;
    }
  }
  throw std::logic_error("a parameter has another type than the description says");
}

}  // namespace detail

enum class Direction : std::uint32_t {
  none = TREINO_NO_DIRECTION,
  lower = TREINO_LOWER_IS_BETTER,
  higher = TREINO_HIGHER_IS_BETTER
};

enum class Outcome : std::uint32_t {
  running = TREINO_RUNNING,
  done = TREINO_DONE,
  early_stopped = TREINO_EARLY_STOPPED,
  interrupted = TREINO_INTERRUPTED,
  diverged = TREINO_DIVERGED,
  failed = TREINO_RUN_FAILED
};

/// A number of the run, found once by name.
using Number = std::uint32_t;

/// A plugin inside a plugin (a stage of a sequence, a term of a sum).
using Child = treino_child;

/// The host's services. Cheap to copy; valid as long as the plugin's instance. A service that the host lacks throws at first use.
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
  const treino_run_facts& run() const { return *service<treino_run>(TREINO_RUN_SERVICE)->facts(host_); }

  // Numbers, from run_begin on.
  Number find(const std::string& name) const {
    Number number = 0;
    detail::ErrorText text;
    text.check(numbers()->find(host_, name.c_str(), &number, &text.error));
    return number;
  }
  std::uint32_t number_count() const { return numbers()->count(host_); }
  std::string name(Number number) const { return numbers()->name(host_, number); }
  Direction direction(Number number) const { return static_cast<Direction>(numbers()->direction(host_, number)); }
  /// Empty where there is no value yet; NaN is a value.
  std::optional<double> value(Number number) const {
    double value = 0;
    if (numbers()->value(host_, number, &value) != TREINO_OK) return std::nullopt;
    return value;
  }
  /// In the constructor only; the description lists the name in `emits`.
  Number declare(const std::string& name, Direction direction = Direction::none) const {
    Number number = 0;
    detail::ErrorText text;
    text.check(numbers()->declare(host_, name.c_str(), static_cast<std::uint32_t>(direction), &number, &text.error));
    return number;
  }
  void emit(Number number, double value) const { numbers()->emit(host_, number, value); }

  // Requests, acted on when every callback has heard the event.
  void stop(const std::string& reason, Outcome outcome = Outcome::early_stopped) const {
    control()->stop(host_, static_cast<std::uint32_t>(outcome), reason.c_str());
  }
  void skip_step(const std::string& reason) const { control()->skip_step(host_, reason.c_str()); }
  void remember() const { control()->remember(host_); }
  bool roll_back(const std::string& reason) const { return control()->roll_back(host_, reason.c_str()) == TREINO_OK; }
  void save_weights(const std::string& path) const { checkpoints()->save(host_, path.c_str(), TREINO_SAVE_WEIGHTS); }
  void save_everything(const std::string& path) const { checkpoints()->save(host_, path.c_str(), TREINO_SAVE_EVERYTHING); }

  // The learning rate.
  double rate() const { return rates()->current(host_); }
  double base_rate() const { return rates()->base(host_); }
  void set_base_rate(double rate) const { rates()->set_base(host_, rate); }
  void set_rate_factor(double factor, double floor = 0) const { rates()->set_factor(host_, factor, floor); }

  // The model, from run_begin on.
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
  std::uint32_t layer_count() const { return model()->layer_count(host_); }
  treino_layer_facts layer(std::uint32_t index) const {
    treino_layer_facts facts{};
    facts.size = sizeof facts;
    if (model()->layer(host_, index, &facts) != TREINO_OK) throw std::out_of_range("no such layer");
    return facts;
  }

  // The batch just seen, in the batch_end events.
  std::optional<treino_tensor> prediction() const { return view(&treino_predictions::prediction); }
  std::optional<treino_tensor> target() const { return view(&treino_predictions::target); }
  std::optional<treino_tensor> rows() const { return view(&treino_predictions::rows); }
  const treino_problem& problem() const { return *service<treino_predictions>(TREINO_PREDICTIONS_SERVICE)->problem(host_); }

  /// In [0, 1), by address: the same (step, index) always gives the same number in this run and instance.
  double uniform(std::uint64_t step, std::uint64_t index) const {
    return service<treino_random>(TREINO_RANDOM_SERVICE)->uniform(host_, step, index);
  }

  // The screen.
  bool is_terminal() const { return screen()->is_terminal(host_) != 0; }
  std::uint32_t columns() const { return screen()->columns(host_); }
  bool colours() const { return screen()->colours(host_) != 0; }
  void print(const std::string& line) const { screen()->line(host_, line.c_str()); }
  void status(const std::string& line) const { screen()->status(host_, line.c_str()); }

  /// In the constructor only: builds the plugin that a parameter of type "scheduler", "loss" or "metric" names.
  Child child(const char* kind, const treino_value& table) const {
    Child child{};
    child.size = sizeof child;
    detail::ErrorText text;
    text.check(service<treino_children>(TREINO_CHILDREN_SERVICE)->create(host_, kind, &table, &child, &text.error));
    return child;
  }

  const treino_host* handle() const { return host_; }

 private:
  template <class Table>
  const Table* service(const char* name) const {
    const void* table = host_ == nullptr ? nullptr : host_->service(host_, name);
    if (table == nullptr) throw std::runtime_error(std::string("this host has no service ") + name);
    return static_cast<const Table*>(table);
  }
  template <class Table>
  const Table* cached(const Table*& table, const char* name) const {
    if (table == nullptr) table = service<Table>(name);
    return table;
  }
  const treino_numbers* numbers() const { return cached(numbers_, TREINO_NUMBERS_SERVICE); }
  const treino_control* control() const { return service<treino_control>(TREINO_CONTROL_SERVICE); }
  const treino_checkpoint* checkpoints() const { return service<treino_checkpoint>(TREINO_CHECKPOINT_SERVICE); }
  const treino_rate* rates() const { return service<treino_rate>(TREINO_RATE_SERVICE); }
  const treino_model* model() const { return cached(model_, TREINO_MODEL_SERVICE); }
  const treino_screen* screen() const { return service<treino_screen>(TREINO_SCREEN_SERVICE); }
  void log(std::uint32_t level, const std::string& text) const {
    service<treino_log>(TREINO_LOG_SERVICE)->log(host_, level, text.c_str());
  }
  std::optional<treino_tensor> view(treino_status (*treino_predictions::*function)(const treino_host*, treino_tensor*)) const {
    treino_tensor tensor{};
    if ((service<treino_predictions>(TREINO_PREDICTIONS_SERVICE)->*function)(host_, &tensor) != TREINO_OK) return std::nullopt;
    return tensor;
  }

  const treino_host* host_ = nullptr;
  mutable const treino_numbers* numbers_ = nullptr;
  mutable const treino_model* model_ = nullptr;
};

/// What a plugin's constructor gets: its parameters, checked and completed by the host, and the host.
class Setup {
 public:
  Setup(const treino_host* host, const treino_parameter* parameters, std::uint32_t count)
      : host_(host), parameters_(parameters), count_(count) {}

  const Host& host() const { return host_; }
  /// False for an optional parameter that was not given.
  bool has(const char* name) const { return find_value(name) != nullptr; }
  /// T: bool, an integer, double, std::string, or a std::vector of them.
  template <class T>
  T get(const char* name) const {
    if (const treino_value* value = find_value(name)) return detail::convert<T>(*value);
    throw std::invalid_argument(std::string("parameter '") + name + "' is missing");
  }
  template <class T>
  std::optional<T> find(const char* name) const {
    if (const treino_value* value = find_value(name)) return detail::convert<T>(*value);
    return std::nullopt;
  }
  /// The raw value, for tables and mixed lists; throws where there is none.
  const treino_value& value(const char* name) const {
    if (const treino_value* found = find_value(name)) return *found;
    throw std::invalid_argument(std::string("parameter '") + name + "' is missing");
  }

 private:
  const treino_value* find_value(const char* name) const {
    for (std::uint32_t i = 0; i < count_; ++i)
      if (std::strcmp(parameters_[i].name, name) == 0) return &parameters_[i].value;
    return nullptr;
  }
  Host host_;
  const treino_parameter* parameters_;
  std::uint32_t count_;
};

/// What the data and the model are, known before the first batch.
class Problem {
 public:
  explicit Problem(const treino_problem& facts) : facts_(facts) {}
  std::int64_t outputs() const { return facts_.outputs; }
  std::int64_t classes() const { return facts_.classes; }
  std::int64_t batch_capacity() const { return facts_.batch_capacity; }
  std::int64_t target_columns() const { return facts_.target_columns; }
  /// For who compares the target's columns with the outputs one by one: throws with the fix where there are more of one.
  void expect_an_output_a_column() const {
    if (!target_is_index() && target_columns() != outputs())
      throw std::invalid_argument("the target has " + std::to_string(target_columns()) + " columns, the model " +
                                  std::to_string(outputs()) + " outputs: give its last layer as many units as the target has columns");
  }
  bool target_is_values() const { return facts_.target == TREINO_TARGET_VALUES; }
  bool target_is_index() const { return facts_.target == TREINO_TARGET_INDEX; }
  bool target_is_one_hot() const { return facts_.target == TREINO_TARGET_ONE_HOT; }
  bool predicts_values() const { return facts_.prediction == TREINO_PREDICTION_VALUES; }
  bool predicts_probabilities() const { return facts_.prediction == TREINO_PREDICTION_PROBABILITIES; }
  bool predicts_logits() const { return facts_.prediction == TREINO_PREDICTION_LOGITS; }
  bool independent() const { return facts_.independent != 0; }
  /// "3" where the data do not name their classes.
  std::string class_name(std::int64_t index) const {
    return facts_.class_names == nullptr ? std::to_string(index) : facts_.class_names[index];
  }
  const treino_problem& raw() const { return facts_; }

 private:
  const treino_problem& facts_;
};

/// The base of the four kinds. Whoever has state overrides both, and declares in the description `state_version` when its layout
/// changes.
class Plugin {
 public:
  virtual ~Plugin() = default;
  virtual void save(Writer&) const {}
  virtual void load(Reader&, std::uint32_t /*version*/) {}
};

namespace detail {

/// The contract's lifecycle over class T. T is constructed from a Setup, or, where it needs nothing, by default.
template <class T, class Base>
struct Lifecycle {
  static treino_status create(const treino_host* host, const treino_parameter* parameters, std::uint32_t count, void** self,
                              treino_error* error) {
    return guarded(error, [&] {
      const Setup setup(host, parameters, count);
      std::unique_ptr<T> instance;
      if constexpr (std::is_constructible_v<T, const Setup&>) {
        instance = std::make_unique<T>(setup);
      } else {
        instance = std::make_unique<T>();
      }
      *self = static_cast<Base*>(instance.release());
    });
  }
  static void destroy(void* self) { delete &get(self); }
  static treino_status save(void* self, const treino_sink* sink, treino_error* error) {
    return guarded(error, [&] {
      Writer writer;
      get(self).save(writer);
      write_state(writer, *sink);
    });
  }
  static treino_status load(void* self, const treino_source* source, std::uint32_t version, treino_error* error) {
    return guarded(error, [&] {
      const std::vector<unsigned char> bytes = read_state(*source);
      Reader reader(bytes.data(), bytes.size());
      get(self).load(reader, version);
      reader.finish();
    });
  }
  static T& get(void* self) { return static_cast<T&>(*static_cast<Base*>(self)); }

  static constexpr bool has_state = !std::is_same_v<decltype(&T::save), void (Plugin::*)(Writer&) const>;
  static constexpr treino_lifecycle make(std::uint32_t version) {
    return {sizeof(treino_lifecycle), version, create, destroy, has_state ? save : nullptr, has_state ? load : nullptr, nullptr};
  }
};

template <std::size_t Size>
struct Note {
  std::uint32_t name_size = 7, description_size = Size, type = TREINO_NOTE_TYPE;
  char name[8] = {'T', 'r', 'e', 'i', 'n', 'o', 0, 0};
  char description[(Size + 3) / 4 * 4] = {};
  constexpr explicit Note(const char (&text)[Size]) {
    for (std::size_t i = 0; i < Size; ++i) description[i] = text[i];
  }
};

/// The value of `state_version = N` at the beginning of a line of the description; 1 where there is none.
constexpr std::uint32_t state_version(const char* text) {
  constexpr char key[] = "state_version";
  for (const char* at = text; *at != '\0'; ++at) {
    if (at != text && at[-1] != '\n') continue;
    std::size_t i = 0;
    while (key[i] != '\0' && at[i] == key[i]) ++i;
    if (key[i] != '\0') continue;
    std::uint32_t version = 0;
    for (const char* digit = at + i; *digit != '\0' && *digit != '\n' && *digit != '#'; ++digit)
      if (*digit >= '0' && *digit <= '9') version = version * 10 + static_cast<std::uint32_t>(*digit - '0');
    return version;
  }
  return 1;
}

/// Specialised by each kind's header: `kind`, `Base` and `table`.
template <class T, class Base = void>
struct Kind;

}  // namespace detail
}  // namespace sdk0
}  // namespace treino

// Text that is a macro's argument may span lines; text inside a #define may not: hence the description comes as the argument.
// NOLINTBEGIN
#define TREINO_COMPONENT_AS(name, Class, ...)                                                                                   \
  namespace {                                                                                                                   \
  constexpr char name##_text[] = __VA_ARGS__;                                                                                   \
  __attribute__((section(".note.treino"), used, aligned(4))) constexpr ::treino::detail::Note<sizeof(name##_text)> name##_note{ \
      name##_text};                                                                                                             \
  constexpr treino_lifecycle name##_lifecycle = ::treino::detail::Lifecycle<Class, ::treino::detail::Kind<Class>::Base>::make(  \
      ::treino::detail::state_version(name##_text));                                                                            \
  constexpr auto name##_functions = ::treino::detail::Kind<Class>::table();                                                     \
  constexpr treino_component name##_component{                                                                                  \
      sizeof(treino_component), 0, ::treino::detail::Kind<Class>::kind, name##_text, &name##_lifecycle, &name##_functions};     \
  }

/// The ABI's minor that the library needs at least; an author who uses something newer defines it before the include.
#ifndef TREINO_NEEDED_MINOR
#define TREINO_NEEDED_MINOR 1u
#endif

/// A library of several components: TREINO_COMPONENT_AS(a, First, R"toml(...)toml"), the same for b, then
/// TREINO_LIBRARY(&a_component, &b_component)
#define TREINO_LIBRARY(...)                                                                                                \
  namespace {                                                                                                              \
  constexpr const treino_component* treino_components[] = {__VA_ARGS__};                                                   \
  }                                                                                                                        \
  extern "C" TREINO_EXPORT const treino_plugin treino_plugin_v0 = {sizeof(treino_plugin),                                  \
                                                                   TREINO_ABI_MAJOR,                                       \
                                                                   TREINO_ABI_MINOR,                                       \
                                                                   TREINO_NEEDED_MINOR,                                    \
                                                                   sizeof(treino_components) / sizeof(*treino_components), \
                                                                   0u,                                                     \
                                                                   treino_components};

/// Makes `Class` the plugin of this library: TREINO_PLUGIN(Huber, R"toml( ... )toml")
#define TREINO_PLUGIN(Class, ...)                      \
  TREINO_COMPONENT_AS(treino_only, Class, __VA_ARGS__) \
  TREINO_LIBRARY(&treino_only_component)
// NOLINTEND
