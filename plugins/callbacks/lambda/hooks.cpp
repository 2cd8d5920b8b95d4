// Hooks by name and by event.
#include "hooks.hpp"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

namespace lambda {
namespace {

std::size_t distance(const std::string& a, const std::string& b) {  // V. I. Levenshtein's
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

const Hook* find_hook(const char* name) noexcept {
  for (const Hook& hook : hooks)
    if (std::strcmp(hook.name, name) == 0) return &hook;
  return nullptr;
}

const char* name_of(std::uint32_t event) noexcept {
  for (const Hook& hook : hooks)
    if (hook.event == event) return hook.name;
  return "";
}

std::string nearest_hook(const std::string& name) {
  const Hook* nearest = std::min_element(std::begin(hooks), std::end(hooks), [&](const Hook& a, const Hook& b) {
    return distance(a.name, name) < distance(b.name, name);
  });
  return nearest->name;
}

}  // namespace lambda
