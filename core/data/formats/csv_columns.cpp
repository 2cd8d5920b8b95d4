// A further file (validation, test, data to predict) may have other columns than the training file, in another order, with or
// without the target: columns are found by name where both files name them, else by place and counted.
#include "data/formats/csv_columns.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "data/formats/array_reader.hpp"
#include "data/formats/column_resolver.hpp"

namespace treino::data {

namespace {

using Use = ColumnRole::Use;

/// How many features a further file has to have; 0: not known here.
std::size_t expected_features(const Source& source) {
  if (!source.wanted_features.empty()) return source.wanted_features.size();
  if (!source.ignore_target || source.sample_shape.empty()) return 0;
  return static_cast<std::size_t>(element_count(source.sample_shape, source.file.string()));
}

std::size_t all_targets(const Source& source) {
  std::size_t columns = source.target.size();
  for (const Source::FurtherTarget& target : source.further_targets) columns += target.columns.size();
  return columns;
}

/// Numbers one after the other, or names: where a file holds just these columns, they are in this order.
bool in_order(const std::vector<Source::Column>& references) {
  std::vector<std::int64_t> numbers;
  for (const Source::Column& reference : references) {
    if (const auto* number = std::get_if<std::int64_t>(&reference)) numbers.push_back(*number);
  }
  return std::is_sorted(numbers.begin(), numbers.end());
}

// A file to predict may hold the features alone or, like the training file, the target among them: its columns are counted.
void assign_features_by_place(ColumnResolver& resolver, const Source& source, bool targets_here, CsvHead& head) {
  const std::size_t expected = expected_features(source), columns = head.roles.size();
  const bool features_alone = columns == expected && head.target_count == 0 && in_order(source.features);
  const auto is_from_end = [](const Source::Column& reference) {
    const auto* number = std::get_if<std::int64_t>(&reference);
    return number != nullptr && *number < 0;
  };
  if (features_alone) {
    resolver.assign_rest(Use::feature, head.feature_count);
  } else {
    if (source.ignore_target && targets_here) {
      resolver.set_aside(source.target);
      for (const Source::FurtherTarget& target : source.further_targets) resolver.set_aside(target.columns);
      if (std::any_of(source.features.begin(), source.features.end(), is_from_end))
        resolver.fail_head(
            fmt::format("features are counted from the end, but whether the target is there cannot be told; expected "
                        "a header with the training data's names, or the {} columns of features alone",
                        expected));
    }
    if (source.features.empty()) {
      resolver.assign_rest(Use::feature, head.feature_count);
    } else {
      resolver.assign(source.features, Use::feature, head.feature_count);
    }
  }
  if (expected > 0 && head.feature_count != expected) {
    const std::size_t others = source.ignore_target && targets_here && source.features.empty() ? all_targets(source) : 0;
    const std::string with = others > 0 ? fmt::format(", or {} with the target", expected + others) : "";
    resolver.fail_head(fmt::format("expected {} columns of features as in the training data{}; found {}{}", expected, with,
                                   others > 0 ? columns : head.feature_count, resolver.single_column_hint()));
  }
}

}  // namespace

void assign_roles(const CsvScanner& scanner, const Source& source, CsvContent content, CsvHead& head) {
  ColumnResolver resolver(scanner, source.delimiter, head);
  const bool named = !head.names.empty(), targets_here = content != CsvContent::features_only;
  if (targets_here && !source.ignore_target) {
    if (named && !source.wanted_targets.empty()) {
      resolver.assign_names(source.wanted_targets, Use::target, head.target_count);
    } else {
      resolver.assign(source.target, Use::target, head.target_count);
    }
  }
  if (content == CsvContent::targets_only) {
    if (head.target_count == 0) resolver.assign_rest(Use::target, head.target_count);
    return;
  }
  if (!source.ignore_target)
    for (const Source::FurtherTarget& target : source.further_targets) resolver.set_aside(target.columns);
  if (named && !source.wanted_features.empty()) {
    resolver.assign_names(source.wanted_features, Use::feature, head.feature_count);
  } else {
    assign_features_by_place(resolver, source, targets_here, head);
  }
  resolver.drop_set_aside();
  if (head.feature_count == 0)
    throw DataError(scanner.name() + ": no column is left for features" + resolver.single_column_hint());
}

std::vector<std::string> CsvHead::names_of(Use use) const {
  std::vector<std::string> result;
  if (names.empty()) return result;
  result.resize(use == Use::target ? target_count : feature_count);
  for (std::size_t i = 0; i < roles.size(); ++i) {
    if (roles[i].use == use) result[roles[i].slot] = names[i];
  }
  return result;
}

}  // namespace treino::data
