// Decides whether targets are classes or values where the manifest does not say, and gives them the form that losses expect.
#include "data/targets.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

#include "data/classes.hpp"
#include "data/message.hpp"
#include "data/number.hpp"
#include "data/target_collector.hpp"

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
  if (!source.class_names.empty() || !raw.classes.empty()) return TargetKind::index;
  if (raw.width != 1) return TargetKind::values;
  return raw.numbers.empty() || are_class_numbers(raw.numbers) ? TargetKind::index : TargetKind::values;
}

/// As the reader has numbered them.
void take_numbers(RawTargets& raw, const Source& source, Dataset& dataset) {
  if (!source.class_names.empty() && source.class_names != raw.classes)
    throw DataError(fmt::format("{}: its reader numbers the classes {}; expected {}", raw.file, listed(raw.classes),
                                listed(source.class_names)));
  const auto count = static_cast<double>(raw.classes.size());
  for (std::size_t i = 0; i < raw.numbers.size(); ++i) {
    const double number = raw.numbers[i];
    if (!(number >= 0 && number < count && number == std::floor(number)))
      raw.fail_at(i, fmt::format("the reader gives the class {}; there are 0 to {}", number, raw.classes.size() - 1));
    dataset.classes.push_back(static_cast<std::int32_t>(number));
  }
  dataset.class_names = std::move(raw.classes);
}

void find_index(RawTargets& raw, const Source& source, Dataset& dataset) {
  Classes classes = find_classes(raw, source);
  dataset.classes = std::move(raw.text_ids);
  for (std::int32_t& id : dataset.classes) id = classes.of_text[static_cast<std::size_t>(id)];
  dataset.class_names = std::move(classes.names);
}

void build_index(RawTargets& raw, const Source& source, Dataset& dataset) {
  raw.classes.empty() ? find_index(raw, source, dataset) : take_numbers(raw, source, dataset);
  dataset.target_width = static_cast<std::int64_t>(dataset.class_names.size());
  dataset.target_steps = raw.width;
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

/// Several columns, one per class: each row is 1 at its class and 0 elsewhere.
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

}  // namespace

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
