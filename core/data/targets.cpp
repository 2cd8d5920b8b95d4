#include "data/targets.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

#include "data/formats/message.hpp"
#include "data/formats/number.hpp"

namespace treino::data {

namespace {

/// Integers 0, 1, ..., n-1, every one of them there.
bool are_class_numbers(const std::vector<double>& numbers) {
  std::vector<bool> seen(TargetCollector::most_kinds, false);
  for (const double number : numbers) {
    if (!(number >= 0 && number < static_cast<double>(seen.size())) || number != std::floor(number)) return false;
    seen[static_cast<std::size_t>(number)] = true;
  }
  return std::is_sorted(seen.begin(), seen.end(), std::greater<>());
}

TargetKind decide_kind(const RawTargets& raw, const Source& source) {
  if (source.target_kind) return *source.target_kind;
  if (!source.class_names.empty()) return TargetKind::index;
  if (raw.width != 1) return TargetKind::values;
  return raw.numbers.empty() || are_class_numbers(raw.numbers) ? TargetKind::index : TargetKind::values;
}

void write_numbers(RawTargets& raw) {
  constexpr double exact = 9007199254740992.0;  // 2^53: beyond it, neighbouring integers have become one
  std::map<double, std::int32_t> ids;
  raw.text_ids.reserve(raw.numbers.size());
  for (std::size_t row = 0; row < raw.numbers.size(); ++row) {
    const double number = raw.numbers[row];
    if (std::abs(number) > exact) raw.fail(static_cast<std::int64_t>(row), 0, fmt::format("{} is too large for a class", number));
    const auto [found, fresh] = ids.emplace(number, static_cast<std::int32_t>(raw.texts.size()));
    if (fresh) raw.texts.push_back(fmt::format("{}", number));
    raw.text_ids.push_back(found->second);
  }
}

struct Classes {
  std::vector<std::string> names;
  std::vector<std::int32_t> of_text;  // class of each of the texts
};

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

bool is_label(double number) { return number >= 0 && number <= static_cast<double>(largest_label) && number == std::floor(number); }

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
    if (parse_number(raw.texts[i], numbers[i]) != NumberFault::none) return classes;
    seen.push_back(numbers[i]);
    largest = std::max(largest, numbers[i]);
  }
  for (std::size_t row = 0; row < raw.text_ids.size(); ++row) {
    const auto id = static_cast<std::size_t>(raw.text_ids[row]);
    if (is_label(numbers[id])) continue;
    raw.fail(static_cast<std::int64_t>(row), 0,
             fmt::format("expected the number of a class, an integer from 0 to {}, found {}; labels of another kind are the classes' "
                         "names: say {}",
                         largest_label, in_quotes(raw.texts[id]), as_class_names(std::move(seen))));
  }
  for (std::int64_t label = 0; label <= static_cast<std::int64_t>(largest); ++label) classes.names.push_back(fmt::format("{}", label));
  std::vector<bool> named(classes.names.size(), false);
  for (std::size_t i = 0; i < raw.texts.size(); ++i) {
    classes.of_text.push_back(used[i] ? static_cast<std::int32_t>(numbers[i]) : -1);
    if (!used[i] || named[static_cast<std::size_t>(numbers[i])]) continue;
    classes.names[static_cast<std::size_t>(numbers[i])] = raw.texts[i];  // as it is written first: "1.0", say
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
      if (parse_number(names[i], number) == NumberFault::none) numbers_.emplace(number, static_cast<std::int32_t>(i));
    }
  }

  /// -1: none.
  std::int32_t find(const std::string& text) const {
    if (const auto found = texts_.find(text); found != texts_.end()) return found->second;
    double number = 0.0;
    if (parse_number(text, number) != NumberFault::none) return -1;
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
  const auto is_number = [&](const std::string& text) { return parse_number(text, number) == NumberFault::none; };
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
  for (std::size_t row = 0; row < raw.text_ids.size(); ++row) {
    const auto id = static_cast<std::size_t>(raw.text_ids[row]);
    if (classes.of_text[id] >= 0) continue;
    raw.fail(static_cast<std::int64_t>(row), 0,
             fmt::format("expected one of the classes {} or its number, from 0 to {}, found {}", listed(names), names.size() - 1,
                         in_quotes(raw.texts[id])));
  }
  return classes;
}

Classes given_classes(const RawTargets& raw, const std::vector<std::string>& names) {
  if (name_numbers(raw, names)) return classes_by_number(raw, names);
  Classes classes{names, {}};
  const ClassFinder finder(names);
  for (const std::string& text : raw.texts) classes.of_text.push_back(finder.find(text));
  for (std::size_t row = 0; row < raw.text_ids.size(); ++row) {
    const auto id = static_cast<std::size_t>(raw.text_ids[row]);
    if (classes.of_text[id] >= 0) continue;
    const std::string hint = nearest_hint(raw.texts[id], names);
    raw.fail(static_cast<std::int64_t>(row), 0,
             fmt::format("expected one of the classes {}, found {}{}{}", listed(names), in_quotes(raw.texts[id]),
                         hint.empty() ? "" : ".", hint));
  }
  return classes;
}

Classes find_classes(RawTargets& raw, const Source& source) {
  if (raw.width != 1) throw DataError(fmt::format("{}: classes need one target column, found {}", raw.file, raw.width));
  if (raw.text_ids.empty()) write_numbers(raw);
  if (!source.class_names.empty()) return given_classes(raw, source.class_names);
  std::vector<bool> used(raw.texts.size(), false);
  for (const std::int32_t id : raw.text_ids) used[static_cast<std::size_t>(id)] = true;
  Classes numbered = numbered_classes(raw, used);
  return numbered.names.empty() ? sorted_classes(raw.texts, used) : numbered;
}

void build_index(RawTargets& raw, const Source& source, Dataset& dataset) {
  Classes classes = find_classes(raw, source);
  dataset.classes = std::move(raw.text_ids);
  for (std::int32_t& id : dataset.classes) id = classes.of_text[static_cast<std::size_t>(id)];
  dataset.target_width = static_cast<std::int64_t>(classes.names.size());
  dataset.class_names = std::move(classes.names);
}

void expand_to_one_hot(Dataset& dataset, const std::string& file) {
  const auto width = static_cast<std::size_t>(dataset.target_width);
  // A file of n rows of n classes would make n * n numbers: the one place where memory could outgrow the file by more than a
  // factor.
  const std::uint64_t most = std::uint64_t{1} << 28;
  if (dataset.classes.size() * std::uint64_t{width} > most) {
    throw DataError(fmt::format("{}: {} rows of {} classes are too many for one-hot targets; use index", file,
                                dataset.classes.size(), width));
  }
  dataset.values.assign(dataset.classes.size() * width, 0.0f);
  for (std::size_t row = 0; row < dataset.classes.size(); ++row) {
    dataset.values[row * width + static_cast<std::size_t>(dataset.classes[row])] = 1.0f;
  }
  dataset.classes.clear();
}

void copy_values(const RawTargets& raw, Dataset& dataset) {
  dataset.target_width = raw.width;
  dataset.values.assign(raw.numbers.begin(), raw.numbers.end());
}

/// Several columns, one a class: each row is 1 at its class and 0 elsewhere.
void take_one_hot(const RawTargets& raw, const Source& source, Dataset& dataset) {
  const auto width = static_cast<std::size_t>(raw.width);
  for (std::size_t row = 0; row < static_cast<std::size_t>(raw.count); ++row) {
    const auto begin = raw.numbers.begin() + static_cast<std::ptrdiff_t>(row * width);
    const auto end = begin + raw.width;
    const bool one = std::count(begin, end, 1.0) == 1 && std::count(begin, end, 0.0) == raw.width - 1;
    if (!one) raw.fail(static_cast<std::int64_t>(row), 0, "expected a one-hot row: one 1, all else 0");
  }
  copy_values(raw, dataset);
  dataset.class_names = source.class_names.empty() ? raw.names : source.class_names;
  for (std::size_t i = 0; raw.names.empty() && source.class_names.empty() && i < width; ++i) {
    dataset.class_names.push_back(fmt::format("{}", i));
  }
  if (dataset.class_names.size() != width) {
    throw DataError(fmt::format("{}: {} class names for {} target columns", raw.file, dataset.class_names.size(), width));
  }
}

void check_class_names(const Source& source, TargetKind kind, const std::string& file) {
  if (source.class_names.empty()) return;
  if (kind == TargetKind::values) throw DataError(file + ": class names are given, but the targets are to be values");
  std::vector<std::string> sorted = source.class_names;
  std::sort(sorted.begin(), sorted.end());
  const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
  if (twice != sorted.end()) throw DataError(fmt::format("{}: class {} is named twice", file, in_quotes(*twice)));
}

void check_encoding(const std::vector<std::string>& names, const std::string& file) {
  for (const std::string& name : names) {
    if (!is_utf8(name)) throw DataError(fmt::format("{}: the class name {} is no UTF-8 text", file, in_quotes(name)));
  }
}

template <class Values>
void keep_rows(Values& values, std::size_t width, const std::vector<std::uint8_t>& drop) {
  if (values.empty()) return;
  std::size_t kept = 0;
  for (std::size_t row = 0; row < drop.size(); ++row) {
    if (drop[row] != 0) continue;
    for (std::size_t i = 0; i < width; ++i) values[kept * width + i] = values[row * width + i];
    ++kept;
  }
  values.resize(kept * width);
}

}  // namespace

void RawTargets::fail(std::int64_t row, std::int64_t column, const std::string& what) const {
  const std::int64_t line = lines.empty() ? row + 1 : lines[static_cast<std::size_t>(row)];
  if (fields.empty()) throw DataError(fmt::format("{}: row {}: {}", file, line, what));
  throw DataError(fmt::format("{}:{}:{}: {}", file, line, fields[static_cast<std::size_t>(column)], what));
}

void RawTargets::compact(const std::vector<std::uint8_t>& drop) {
  if (lines.empty()) {
    lines.resize(static_cast<std::size_t>(count));
    std::iota(lines.begin(), lines.end(), std::int64_t{1});
  }
  keep_rows(numbers, static_cast<std::size_t>(width), drop);
  keep_rows(text_ids, 1, drop);
  keep_rows(lines, 1, drop);
  count = static_cast<std::int64_t>(lines.size());
}

void build_targets(RawTargets& raw, const Source& source, Dataset& dataset) {
  const TargetKind kind = decide_kind(raw, source);
  check_class_names(source, kind, raw.file);
  dataset.target_kind = kind;
  if (kind == TargetKind::values) {
    copy_values(raw, dataset);
  } else if (kind == TargetKind::one_hot && raw.width > 1) {
    take_one_hot(raw, source, dataset);
  } else {
    build_index(raw, source, dataset);
    if (kind == TargetKind::one_hot) expand_to_one_hot(dataset, raw.file);
  }
  check_encoding(dataset.class_names, raw.file);
  dataset.target_names = std::move(raw.names);
}

}  // namespace treino::data
