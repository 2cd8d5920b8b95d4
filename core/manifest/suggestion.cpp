// The wording of suggestions, around the search that base offers.
#include "manifest/suggestion.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/nearest.hpp"
#include "manifest/value.hpp"

namespace treino::manifest {

std::string suggestion(std::string_view wrong, const std::vector<std::string>& candidates) {
  const std::string* found = base::nearest(wrong, candidates);
  return found ? fmt::format(" Did you mean '{}'?", *found) : "";
}

std::string enumerate(const std::vector<std::string>& names, std::size_t most) {
  const std::size_t shown = std::min(names.size(), most);
  std::string text = fmt::format("{}", fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown), ", "));
  if (shown < names.size()) text += fmt::format(" and {} more", names.size() - shown);
  return text;
}

}  // namespace treino::manifest
