#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "manifest/value.hpp"

namespace treino::manifest {
namespace {

/// Edits (insert, delete, replace, swap of neighbours) between two texts; rows of the usual table, three kept at a time.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before, last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before = std::exchange(last, row);
  }
  return last[b.size()];
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool begins_with(std::string_view text, std::string_view beginning) {
  return beginning.size() <= text.size() &&
         std::equal(beginning.begin(), beginning.end(), text.begin(), [](char a, char b) { return lower(a) == lower(b); });
}

constexpr std::size_t shortest_beginning = 3;

/// The shortest name that begins so: "acc" is short for accuracy, however few letters make "auc" of it.
const std::string* abbreviated(std::string_view wrong, const std::vector<std::string>& candidates) {
  const std::string* found = nullptr;
  for (const std::string& candidate : candidates)
    if (begins_with(candidate, wrong) && (found == nullptr || candidate.size() < found->size())) found = &candidate;
  const bool whole = found != nullptr && found->size() == wrong.size();  // but for upper case
  return whole || wrong.size() >= shortest_beginning ? found : nullptr;
}

/// The longest name that it begins with: "accuracy_score".
const std::string* with_more_behind(std::string_view wrong, const std::vector<std::string>& candidates) {
  const std::string* found = nullptr;
  for (const std::string& candidate : candidates)
    if (candidate.size() >= shortest_beginning && begins_with(wrong, candidate) && (found == nullptr || candidate.size() > found->size()))
      found = &candidate;
  return found;
}

const std::string* nearest(std::string_view wrong, const std::vector<std::string>& candidates) {
  if (const std::string* found = abbreviated(wrong, candidates)) return found;
  std::size_t smallest = std::numeric_limits<std::size_t>::max();
  const std::string* found = nullptr;
  for (const std::string& candidate : candidates) {
    const std::size_t shorter = std::min(wrong.size(), candidate.size()), longer = std::max(wrong.size(), candidate.size());
    // The difference of lengths is a lower bound: a hostile name of a megabyte is never compared letter by letter.
    if (longer - shorter > longer / 3) continue;
    const std::size_t edits = distance(wrong, candidate);
    if (edits > longer / 3 || edits >= smallest) continue;
    smallest = edits;
    found = &candidate;
  }
  return found != nullptr ? found : with_more_behind(wrong, candidates);
}

}  // namespace

std::string suggestion(std::string_view wrong, const std::vector<std::string>& candidates) {
  const std::string* found = nearest(wrong, candidates);
  return found ? fmt::format(" Did you mean '{}'?", *found) : "";
}

std::string enumerate(const std::vector<std::string>& names, std::size_t most) {
  const std::size_t shown = std::min(names.size(), most);
  std::string text = fmt::format("{}", fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown), ", "));
  if (shown < names.size()) text += fmt::format(" and {} more", names.size() - shown);
  return text;
}

}  // namespace treino::manifest
