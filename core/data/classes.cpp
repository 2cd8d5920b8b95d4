// Labels that are numbers keep their number, so that a file which lacks a class means the same by the others; texts have no other
// order than the alphabet.
#include "data/classes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <utility>

#include "data/message.hpp"
#include "data/number.hpp"
#include "data/source.hpp"

namespace treino::data {

namespace {

void write_numbers(RawTargets& raw) {
  constexpr double exact = 9007199254740992.0;  // 2^53: beyond it, neighboring integers have become one
  std::map<double, std::int32_t> ids;
  raw.text_ids.reserve(raw.numbers.size());
  for (std::size_t i = 0; i < raw.numbers.size(); ++i) {
    const double number = raw.numbers[i];
    if (std::abs(number) > exact) raw.fail_at(i, fmt::format("{} is too large for a class", number));
    const auto [found, fresh] = ids.emplace(number, static_cast<std::int32_t>(raw.texts.size()));
    if (fresh) raw.texts.push_back(fmt::format("{}", number));
    raw.text_ids.push_back(found->second);
  }
}

Classes sorted_classes(const std::vector<std::string>& texts, const std::vector<bool>& used) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (used[i]) order.push_back(i);
  }
  std::sort(order.begin(), order.end(), [&](std::size_t left, std::size_t right) { return texts[left] < texts[right]; });
  Classes classes;
  classes.of_text.resize(texts.size(), -1);
  for (const std::size_t text : order) {
    classes.of_text[text] = static_cast<std::int32_t>(classes.names.size());
    classes.names.push_back(texts[text]);
  }
  return classes;
}

/// The largest label that keeps its number: a class is made for each below it too.
constexpr std::int64_t largest_label = 999999;

bool is_label(double number) {
  return number >= 0 && number <= static_cast<double>(largest_label) && number == std::floor(number);
}

/// class_names = ["1", "2"], as it could be written for these numbers.
std::string as_class_names(std::vector<double> numbers) {
  constexpr std::size_t most = 12;
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  std::string text = "class_names = [";
  for (std::size_t i = 0; i < numbers.size() && i < most; ++i) text += fmt::format("{}\"{}\"", i > 0 ? ", " : "", numbers[i]);
  return text + (numbers.size() > most ? ", ...]" : "]");
}

/// Labels that are numbers keep them, whether or not every class below the largest has a sample. Empty names: they are no
/// numbers.
Classes numbered_classes(const RawTargets& raw, const std::vector<bool>& used) {
  Classes classes;
  std::vector<double> numbers(raw.texts.size(), -1.0), seen;
  double largest = -1.0;
  for (std::size_t i = 0; i < raw.texts.size(); ++i) {
    if (!used[i]) continue;
    if (parse_number(raw.texts[i], numbers[i]) != NumberError::none) return classes;
    seen.push_back(numbers[i]);
    largest = std::max(largest, numbers[i]);
  }
  for (std::size_t i = 0; i < raw.text_ids.size(); ++i) {
    const auto id = static_cast<std::size_t>(raw.text_ids[i]);
    if (is_label(numbers[id])) continue;
    raw.fail_at(
        i,
        fmt::format("expected the number of a class, an integer from 0 to {}, found {}; labels of another kind are the classes' "
                    "names: say {}",
                    largest_label, in_quotes(raw.texts[id]), as_class_names(std::move(seen))));
  }
  for (std::int64_t label = 0; label <= static_cast<std::int64_t>(largest); ++label)
    classes.names.push_back(fmt::format("{}", label));
  std::vector<bool> named(classes.names.size(), false);
  for (std::size_t i = 0; i < raw.texts.size(); ++i) {
    classes.of_text.push_back(used[i] ? static_cast<std::int32_t>(numbers[i]) : -1);
    if (!used[i] || named[static_cast<std::size_t>(numbers[i])]) continue;
    classes.names[static_cast<std::size_t>(numbers[i])] = raw.texts[i];  // as it is written first, for example "1.0"
    named[static_cast<std::size_t>(numbers[i])] = true;
  }
  return classes;
}

/// Finds given class names, by their text or else as the same number.
class ClassFinder {
 public:
  explicit ClassFinder(const std::vector<std::string>& names) {
    double number = 0.0;
    for (std::size_t i = 0; i < names.size(); ++i) {
      texts_.emplace(names[i], static_cast<std::int32_t>(i));
      if (parse_number(names[i], number) == NumberError::none) numbers_.emplace(number, static_cast<std::int32_t>(i));
    }
  }

  /// -1: none.
  std::int32_t find(const std::string& text) const {
    if (const auto found = texts_.find(text); found != texts_.end()) return found->second;
    double number = 0.0;
    if (parse_number(text, number) != NumberError::none) return -1;
    const auto found = numbers_.find(number);
    return found != numbers_.end() ? found->second : -1;
  }

 private:
  std::map<std::string, std::int32_t> texts_;
  std::map<double, std::int32_t> numbers_;
};

/// Names for the classes 0, 1, 2, ...: where the labels are numbers and none of the names is one.
bool name_numbers(const RawTargets& raw, const std::vector<std::string>& names) {
  double number = 0.0;
  const auto is_number = [&](const std::string& text) { return parse_number(text, number) == NumberError::none; };
  return std::none_of(names.begin(), names.end(), is_number) && std::all_of(raw.texts.begin(), raw.texts.end(), is_number);
}

Classes classes_by_number(const RawTargets& raw, const std::vector<std::string>& names) {
  Classes classes{names, {}};
  for (const std::string& text : raw.texts) {
    double number = -1.0;
    parse_number(text, number);
    const bool known = is_label(number) && number < static_cast<double>(names.size());
    classes.of_text.push_back(known ? static_cast<std::int32_t>(number) : -1);
  }
  for (std::size_t i = 0; i < raw.text_ids.size(); ++i) {
    const auto id = static_cast<std::size_t>(raw.text_ids[i]);
    if (classes.of_text[id] >= 0) continue;
    raw.fail_at(i, fmt::format("expected one of the classes {} or its number, from 0 to {}, found {}", listed(names),
                               names.size() - 1, in_quotes(raw.texts[id])));
  }
  return classes;
}

Classes given_classes(const RawTargets& raw, const std::vector<std::string>& names) {
  if (name_numbers(raw, names)) return classes_by_number(raw, names);
  Classes classes{names, {}};
  const ClassFinder finder(names);
  for (const std::string& text : raw.texts) classes.of_text.push_back(finder.find(text));
  for (std::size_t i = 0; i < raw.text_ids.size(); ++i) {
    const auto id = static_cast<std::size_t>(raw.text_ids[i]);
    if (classes.of_text[id] >= 0) continue;
    const std::string hint = nearest_hint(raw.texts[id], names);
    raw.fail_at(i, fmt::format("expected one of the classes {}, found {}{}{}", listed(names), in_quotes(raw.texts[id]),
                               hint.empty() ? "" : ".", hint));
  }
  return classes;
}

}  // namespace

Classes find_classes(RawTargets& raw, const Source& source) {
  if (raw.text_ids.empty()) write_numbers(raw);
  if (!source.class_names.empty()) return given_classes(raw, source.class_names);
  std::vector<bool> used(raw.texts.size(), false);
  for (const std::int32_t id : raw.text_ids) used[static_cast<std::size_t>(id)] = true;
  Classes numbered = numbered_classes(raw, used);
  return numbered.names.empty() ? sorted_classes(raw.texts, used) : numbered;
}

}  // namespace treino::data
