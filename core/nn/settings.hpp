// The values that a layer is built with, by name: each type of layer knows its own names, nobody else needs to.
#pragma once
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace treino::nn {

/// Complete as the description of the type asks: defaults are the description's, and are not known here.
class Settings {
 public:
  using Value = std::variant<bool, std::int64_t, double, std::string, std::vector<std::int64_t>>;
  using Values = std::map<std::string, Value, std::less<>>;

  void set(const std::string& name, Value value) { values_.insert_or_assign(name, std::move(value)); }

  /// Throws std::logic_error where there is none, or one of another type.
  template <class T>
  const T& at(std::string_view name) const {
    const auto found = values_.find(name);
    const T* value = found == values_.end() ? nullptr : std::get_if<T>(&found->second);
    if (value == nullptr) throw std::logic_error("no setting \"" + std::string(name) + "\" of the type that is asked for");
    return *value;
  }

  bool has(std::string_view name) const { return values_.find(name) != values_.end(); }
  const Values& all() const { return values_; }

 private:
  Values values_;
};

}  // namespace treino::nn
