// From completed parameters to the structs that nn takes.
#include "train/plan/specs.hpp"

#include <stdexcept>
#include <utility>

namespace treino::train {

namespace {

/// Lists are of integers: no layer has others.
nn::Settings::Value value_of(const manifest::Value& value) {
  if (const bool* truth = value.as<bool>()) return *truth;
  if (const auto* integer = value.as<std::int64_t>()) return *integer;
  if (const double* number = value.as<double>()) return *number;
  if (const std::string* text = value.as<std::string>()) return *text;
  const auto* list = value.as<manifest::List>();
  if (list == nullptr) throw std::logic_error("a setting of a layer is no table");
  std::vector<std::int64_t> integers;
  for (const manifest::Value& element : *list) integers.push_back(*element.as<std::int64_t>());
  return integers;
}

}  // namespace

nn::Settings to_settings(const manifest::Table& table) {
  nn::Settings settings;
  for (const manifest::Entry& entry : table) settings.set(entry.key, value_of(entry.value));
  return settings;
}

}  // namespace treino::train
