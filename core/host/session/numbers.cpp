#include "host/session/numbers.hpp"

#include <stdexcept>

#include "base/text.hpp"

namespace treino::host {

std::uint32_t Numbers::add(std::string name, std::uint32_t direction, std::string owner) {
  if (name.empty()) throw std::invalid_argument("the name of a scalar is not empty");
  if (!base::is_clean_line(name))
    throw std::invalid_argument("the name of a scalar is UTF-8 without control characters, and '" + base::clean_line(name) + "' is not");
  if (const auto taken = find(name))
    throw std::invalid_argument("the number '" + name + "' belongs to " + numbers_[*taken].owner + " already");
  numbers_.push_back({std::move(name), std::move(owner), direction});
  places_.emplace(numbers_.back().name, count() - 1);
  return count() - 1;
}

std::optional<std::uint32_t> Numbers::find(std::string_view name) const {
  const auto found = places_.find(name);
  return found == places_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<std::string> Numbers::names() const {
  std::vector<std::string> names;
  for (const Entry& number : numbers_) names.push_back(number.name);
  return names;
}

void Numbers::set(std::uint32_t index, double value) {
  numbers_[index].value = value;
  numbers_[index].present = true;
}

void Numbers::clear(std::uint32_t index) { numbers_[index].present = false; }

void Numbers::clear_all() {
  for (Entry& number : numbers_) number.present = false;
}

std::optional<double> Numbers::value(std::uint32_t index) {
  const Entry& number = numbers_[index];
  if (number.live && source_) return source_(index);
  if (!number.present) return std::nullopt;
  return number.value;
}

}  // namespace treino::host
