// What the kinds of plugins have in common: the parameters and the problem that they are told, and their base class.
#pragma once
#include <treino/abi.h>

#include <cstdint>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <string>
#include <treino/detail/language.hpp>
#include <treino/host.hpp>
#include <treino/state.hpp>
#include <type_traits>
#include <utility>
#include <vector>

namespace treino {
inline namespace sdk0 {

namespace detail {

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
  /// Whether there is such a parameter, and it is this text.
  bool has_text(const char* name, const char* text) const {
    const treino_value* value = find_value(name);
    return value != nullptr && value->type == TREINO_TEXT && std::strcmp(value->as.text, text) == 0;
  }
  /// Of a string parameter with `or = "int"`: whether an integer was given.
  bool is_integer(const char* name) const { return value(name).type == TREINO_INT; }
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
                                  std::to_string(outputs()) +
                                  " outputs: give its last layer as many units as the target has columns");
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

/// Values with a name for each row and each column, such as a confusion matrix.
struct MetricTable {
  std::string name;                   // "confusion_matrix"
  std::string row_kind, column_kind;  // what they are: "class", "predicted as"
  std::vector<std::string> rows, columns;
  std::vector<double> values;  // rows x columns, row by row
};

namespace detail {

template <class T, class Base>
struct Lifecycle;
template <class T, class Base = void>
struct Kind;

/// A table as the contract passes it, until the next one is.
struct LentTable {
  MetricTable table;
  std::vector<const char*> rows, columns;

  void lend(MetricTable&& given, treino_table& to) {
    if (given.values.size() != given.rows.size() * given.columns.size())
      throw std::logic_error("table '" + given.name + "' has other values than rows x columns");
    table = std::move(given);
    const auto borrow = [](const std::vector<std::string>& from, std::vector<const char*>& names) {
      names.clear();
      for (const std::string& name : from) names.push_back(name.c_str());
      return names.data();
    };
    to = {sizeof(treino_table),
          0,
          table.name.c_str(),
          table.row_kind.c_str(),
          table.column_kind.c_str(),
          table.rows.size(),
          table.columns.size(),
          borrow(table.rows, rows),
          borrow(table.columns, columns),
          table.values.data()};
  }
};

}  // namespace detail

/// The base of the four kinds. Whoever has state overrides both, and declares in the description `state_version` when its layout
/// changes.
class Plugin {
 public:
  virtual ~Plugin() = default;
  virtual void save(Writer&) const {}
  virtual void load(Reader&, std::uint32_t /*version*/) {}
  /// Who holds memory that it can do without overrides this: frees it, returns how many bytes.
  virtual std::uint64_t collect_garbage() { return 0; }
  /// Who has more to show than scalars overrides this: lines of at most 80 columns, UTF-8.
  virtual std::string report() const { return ""; }
  /// A metric whose result is tables overrides this; what is in a table is not among its values(). After prepare their names, rows
  /// and columns are always the same.
  virtual std::vector<MetricTable> tables() const { return {}; }

 private:
  template <class, class>
  friend struct detail::Lifecycle;
  template <class, class>
  friend struct detail::Kind;
  detail::LentTable lent_;
  bool undefined_ = false;  // of a metric: a prediction was NaN; a part of its state
};

}  // namespace sdk0
}  // namespace treino
