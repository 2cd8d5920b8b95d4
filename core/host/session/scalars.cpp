// Names are checked once, when a scalar is added; values are read and written by index.
#include "host/session/scalars.hpp"

#include <stdexcept>

#include "base/text.hpp"

namespace treino::host {

std::uint32_t Scalars::add(std::string name, std::uint32_t direction, std::string owner, std::uint32_t origin) {
  if (name.empty()) throw std::invalid_argument("the name of a scalar is not empty");
  if (!base::is_clean_line(name))
    throw std::invalid_argument("the name of a scalar is UTF-8 without control characters, and '" + base::clean_line(name) +
                                "' is not");
  if (const auto taken = find(name))
    throw std::invalid_argument("the scalar '" + name + "' belongs to " + scalars_[*taken].owner + " already");
  scalars_.push_back({std::move(name), std::move(owner), direction, origin});
  places_.emplace(scalars_.back().name, count() - 1);
  return count() - 1;
}

std::optional<std::uint32_t> Scalars::find(std::string_view name) const {
  const auto found = places_.find(name);
  return found == places_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<std::string> Scalars::names() const {
  std::vector<std::string> names;
  for (const Entry& scalar : scalars_) names.push_back(scalar.name);
  return names;
}

void Scalars::set(std::uint32_t index, double value) {
  scalars_[index].value = value;
  scalars_[index].present = true;
}

void Scalars::clear(std::uint32_t index) { scalars_[index].present = false; }

void Scalars::clear_all() {
  for (Entry& scalar : scalars_) scalar.present = false;
}

void Scalars::begin_live(std::uint32_t first, std::uint32_t count, LiveScalars& source) {
  live_ = &source;
  live_first_ = first;
  live_count_ = count;
}

void Scalars::end_live() {
  for (std::uint32_t i = live_first_; live_ != nullptr && i < live_first_ + live_count_; ++i)
    if (const auto value = live_->live_value(i - live_first_)) set(i, *value);
  live_ = nullptr;
}

void Scalars::drop_live() {
  for (std::uint32_t i = live_first_; live_ != nullptr && i < live_first_ + live_count_; ++i) clear(i);
  live_ = nullptr;
}

std::optional<double> Scalars::value(std::uint32_t index) const {
  if (live_ != nullptr && index - live_first_ < live_count_) return live_->live_value(index - live_first_);
  const Entry& scalar = scalars_[index];
  if (!scalar.present) return std::nullopt;
  return scalar.value;
}

}  // namespace treino::host
