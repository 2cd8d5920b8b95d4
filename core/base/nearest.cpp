// The rules are ordered by how sure they are: a beginning is a guess that people make on purpose, an edit distance is a slip of the
// fingers, and shared words are the last resort.
#include "base/nearest.hpp"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

namespace treino::base {

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool alike(char a, char b) { return lower(a) == lower(b); }

/// Edits (insert, delete, replace, swap of neighbors) between two texts; rows of the usual table, three kept at a time.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before, last(b.size() + 1), row(b.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (alike(a[i - 1], b[j - 1]) ? 0 : 1)});
      const bool swapped = i > 1 && j > 1 && alike(a[i - 1], b[j - 2]) && alike(a[i - 2], b[j - 1]);
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before = std::exchange(last, row);
  }
  return last[b.size()];
}

bool begins_with(std::string_view text, std::string_view beginning) {
  return beginning.size() <= text.size() && std::equal(beginning.begin(), beginning.end(), text.begin(), alike);
}

constexpr std::size_t shortest_beginning = 3;

/// The shortest name that begins so: "acc" is short for accuracy, however few letters make "auc" of it.
const std::string* abbreviated(std::string_view wrong, std::span<const std::string> candidates) {
  const std::string* found = nullptr;
  for (const std::string& candidate : candidates)
    if (begins_with(candidate, wrong) && (found == nullptr || candidate.size() < found->size())) found = &candidate;
  const bool whole = found != nullptr && found->size() == wrong.size();  // but for upper case
  return whole || wrong.size() >= shortest_beginning ? found : nullptr;
}

/// Whether the last words of the text are these: "learning_rate" ends with "rate", "accurate" does not.
bool ends_with_words(std::string_view text, std::string_view words) {
  if (text.size() <= words.size()) return false;
  const std::string_view end = text.substr(text.size() - words.size());
  return text[text.size() - words.size() - 1] == '_' && begins_with(end, words);
}

/// The longest name that it begins with ("accuracy_score": accuracy), or one ends with the words of the other ("rate":
/// learning_rate, "top_accuracy": accuracy).
const std::string* with_more_around(std::string_view wrong, std::span<const std::string> candidates) {
  const std::string* found = nullptr;
  for (const std::string& candidate : candidates) {
    const bool within = begins_with(wrong, candidate) || ends_with_words(wrong, candidate) || ends_with_words(candidate, wrong);
    if (std::min(candidate.size(), wrong.size()) >= shortest_beginning && within &&
        (found == nullptr || candidate.size() > found->size()))
      found = &candidate;
  }
  return found;
}

/// No name worth guessing is longer, and the distance costs the product of the lengths.
constexpr std::size_t longest_compared = 64;

const std::string* edited(std::string_view wrong, std::span<const std::string> candidates) {
  const std::string* found = nullptr;
  std::size_t smallest = 0;
  for (const std::string& candidate : candidates) {
    const std::size_t shorter = std::min(wrong.size(), candidate.size()), longer = std::max(wrong.size(), candidate.size());
    const std::size_t most = std::max<std::size_t>(longer / 3, longer == 2 ? 1 : 0);  // "rl" may be "lr"
    if (longer > longest_compared || longer - shorter > most) continue;
    const std::size_t edits = distance(wrong, candidate);
    if (edits > most || edits >= longer || (found != nullptr && edits >= smallest)) continue;  // nothing in common: no other name
    smallest = edits;
    found = &candidate;
  }
  return found;
}

}  // namespace

const std::string* nearest(std::string_view wrong, std::span<const std::string> known) {
  if (const std::string* found = abbreviated(wrong, known)) return found;
  if (const std::string* found = edited(wrong, known)) return found;
  return with_more_around(wrong, known);
}

}  // namespace treino::base
