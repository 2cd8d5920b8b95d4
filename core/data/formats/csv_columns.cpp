#include "data/formats/csv_columns.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <utility>

#include "data/formats/array_reader.hpp"
#include "data/formats/csv_hints.hpp"
#include "data/formats/message.hpp"
#include "data/formats/missing_markers.hpp"
#include "data/formats/number.hpp"

namespace treino::data {

namespace {

using Reference = std::variant<std::int64_t, std::string>;
using Use = ColumnRole::Use;

constexpr std::size_t most_columns = std::size_t{1} << 20;

std::vector<std::string> read_record(CsvScanner& scanner) {
  std::vector<std::string> fields;
  if (!scanner.next_record()) return fields;
  while (scanner.more_fields()) {
    if (fields.size() == most_columns) scanner.fail(fmt::format("more than {} columns", most_columns));
    fields.emplace_back(scanner.text());
  }
  return fields;
}

bool is_number(const std::string& text) {
  double ignored = 0.0;
  return parse_number(text, ignored) == NumberFault::none;
}

bool names_columns(const Source& source) {
  const auto is_name = [](const Reference& reference) { return std::holds_alternative<std::string>(reference); };
  return std::any_of(source.target.begin(), source.target.end(), is_name) ||
         std::any_of(source.features.begin(), source.features.end(), is_name);
}

// A first row of data may end in a class name, and a header may hold years. So what a header cannot have in common with the data
// decides: no number in it at all, or a text above a column of numbers.
bool looks_like_header(const Source& source, const std::vector<std::string>& first, const std::vector<std::string>& second) {
  const MissingMarkers markers(source.missing_markers);
  bool any_text = false, any_number = false;
  for (std::size_t i = 0; i < first.size(); ++i) {
    if (markers.contains(first[i])) continue;
    const bool number = is_number(first[i]);
    any_number = any_number || number;
    any_text = any_text || !number;
    if (!number && i < second.size() && is_number(second[i])) return true;
  }
  return any_text && !any_number;
}

/// Whether the row holds names that are looked for: one that is no number, which data could be as well, or all of them.
bool holds_names(const std::vector<std::string>& first, const std::vector<std::string>& wanted) {
  const auto is_there = [&](const std::string& name) { return std::find(first.begin(), first.end(), name) != first.end(); };
  const auto is_there_as_text = [&](const std::string& name) { return !is_number(name) && is_there(name); };
  return std::any_of(wanted.begin(), wanted.end(), is_there_as_text) ||
         (!wanted.empty() && std::all_of(wanted.begin(), wanted.end(), is_there));
}

bool has_header(const Source& source, const std::vector<std::string>& first, CsvScanner& scanner) {
  if (const bool* told = std::get_if<bool>(&source.header)) return *told;
  const bool further_file = source.ignore_target || !source.wanted_features.empty() || !source.wanted_targets.empty();
  if (!further_file && names_columns(source)) return true;
  std::vector<std::string> wanted = source.wanted_targets;
  for (const auto* references : {&source.target, &source.features}) {
    for (const Reference& reference : *references) {
      if (const auto* name = std::get_if<std::string>(&reference)) wanted.push_back(*name);
    }
  }
  return holds_names(first, source.wanted_features) || holds_names(first, wanted) ||
         looks_like_header(source, first, read_record(scanner));
}

class Resolver {
 public:
  Resolver(const CsvScanner& scanner, char delimiter, CsvHead& head) : scanner_(scanner), delimiter_(delimiter), head_(head) {}

  /// Columns of these names in this order, out of those that are still free. A name that is wanted twice has to be there twice.
  void assign_names(const std::vector<std::string>& wanted, Use use, std::size_t& count) {
    std::unordered_map<std::string_view, std::vector<std::size_t>> places;
    for (std::size_t column = 0; column < head_.roles.size(); ++column) {
      if (head_.roles[column].use == Use::skipped) places[head_.names[column]].push_back(column);
    }
    refuse_lacking(wanted, places);
    std::unordered_map<std::string_view, std::size_t> times;
    for (const std::string& name : wanted) {
      const std::size_t column = places[name][times[name]++];
      head_.roles[column] = {use, count++};
    }
    for (const auto& [name, taken] : times) {
      if (places[name].size() != taken)
        fail_head(fmt::format("{} columns {}; the training data have {}", places[name].size(), in_quotes(name), taken));
    }
  }

  /// Takes the target's columns, where they are there, out of what becomes features.
  void set_aside(const std::vector<Reference>& references) {
    for (const Reference& reference : references) {
      if (const std::optional<std::size_t> column = look_for(reference)) head_.roles[*column].use = Use::target;
    }
  }

  void drop_set_aside() {
    for (ColumnRole& role : head_.roles) {
      if (role.use == Use::target) role = {};
    }
  }

  void assign(const std::vector<Reference>& references, Use use, std::size_t& count) {
    for (const Reference& reference : references) {
      const std::size_t column = find(reference);
      if (head_.roles[column].use == use) fail(fmt::format("column {} is named twice", describe_column(column)));
      if (head_.roles[column].use != Use::skipped)
        fail(fmt::format("column {} is both target and feature", describe_column(column)));
      head_.roles[column] = {use, count++};
    }
  }

  void assign_rest(Use use, std::size_t& count) {
    for (ColumnRole& role : head_.roles) {
      if (role.use == Use::skipped) role = {use, count++};
    }
  }

  /// What may be the matter with a file of one column.
  std::string single_column_hint() const {
    return head_.roles.size() == 1 ? field_hint(head_.first_field, delimiter_) : "";
  }

  [[noreturn]] void fail_head(const std::string& what) const {
    throw DataError(fmt::format("{}:{}: {}", scanner_.name(), head_.line, what));
  }

 private:
  [[noreturn]] void fail(const std::string& what) const { throw DataError(scanner_.name() + ": " + what); }

  using Places = std::unordered_map<std::string_view, std::vector<std::size_t>>;

  void refuse_lacking(const std::vector<std::string>& wanted, const Places& places) const {
    std::vector<std::string> lacking;
    std::unordered_map<std::string_view, std::size_t> times;
    for (const std::string& name : wanted) {
      const auto found = places.find(name);
      if (found == places.end() || found->second.size() < ++times[name]) lacking.push_back(name);
    }
    if (lacking.empty()) return;
    std::vector<std::string> others;  // that could be meant: no column is two
    for (std::size_t column = 0; column < head_.names.size(); ++column) {
      const bool taken = head_.roles[column].use != Use::skipped || times.contains(head_.names[column]);
      if (!taken) others.push_back(head_.names[column]);
    }
    fail_head(fmt::format("no column {}, which the training data have.{} It has: {}{}", listed(lacking),
                          nearest_hint(lacking.front(), others), listed(head_.names), single_column_hint()));
  }

  std::optional<std::size_t> look_for(const Reference& reference) const {
    if (const auto* name = std::get_if<std::string>(&reference)) {
      const auto found = std::find(head_.names.begin(), head_.names.end(), *name);
      if (found == head_.names.end()) return std::nullopt;
      return static_cast<std::size_t>(found - head_.names.begin());
    }
    const auto columns = static_cast<std::int64_t>(head_.roles.size());
    std::int64_t number = std::get<std::int64_t>(reference);
    if (number < 0) number += columns;
    return number >= 0 && number < columns ? std::optional(static_cast<std::size_t>(number)) : std::nullopt;
  }

  std::string describe_column(std::size_t column) const {
    return head_.names.empty() ? fmt::format("{}", column) : in_quotes(head_.names[column]);
  }

  std::size_t find(const Reference& reference) const {
    return std::holds_alternative<std::string>(reference) ? find_name(std::get<std::string>(reference))
                                                          : find_number(std::get<std::int64_t>(reference));
  }

  std::size_t find_number(std::int64_t number) const {
    const auto columns = static_cast<std::int64_t>(head_.roles.size());
    if (number >= columns || number < -columns) {
      fail(fmt::format("no column {}; it has {} columns, counted from 0, or from -1 backwards{}", number, columns,
                       single_column_hint()));
    }
    return static_cast<std::size_t>(number < 0 ? number + columns : number);
  }

  std::size_t find_name(const std::string& name) const {
    if (head_.names.empty())
      fail(fmt::format("no column {}: it has no header; give the column's number, from 0", in_quotes(name)));
    const auto found = std::find(head_.names.begin(), head_.names.end(), name);
    if (found == head_.names.end()) {
      const std::string hint = nearest_hint(name, head_.names);
      fail(fmt::format("no column {}.{} It has: {}{}", in_quotes(name), hint, listed(head_.names), single_column_hint()));
    }
    if (std::find(found + 1, head_.names.end(), name) != head_.names.end()) {
      fail(fmt::format("two columns {}; give the column's number, from 0", in_quotes(name)));
    }
    return static_cast<std::size_t>(found - head_.names.begin());
  }

  const CsvScanner& scanner_;
  char delimiter_;
  CsvHead& head_;
};

/// How many features a further file has to have; 0: not known here.
std::size_t expected_features(const Source& source) {
  if (!source.wanted_features.empty()) return source.wanted_features.size();
  if (!source.ignore_target || source.sample_shape.empty()) return 0;
  return static_cast<std::size_t>(element_count(source.sample_shape, source.file.string()));
}

/// Numbers one after the other, or names: where a file holds just these columns, they are in this order.
bool in_order(const std::vector<Reference>& references) {
  std::vector<std::int64_t> numbers;
  for (const Reference& reference : references) {
    if (const auto* number = std::get_if<std::int64_t>(&reference)) numbers.push_back(*number);
  }
  return std::is_sorted(numbers.begin(), numbers.end());
}

// A file to predict may hold the features alone or, like the training file, the target among them: its columns are counted.
void assign_features_by_place(Resolver& resolver, const Source& source, bool targets_here, CsvHead& head) {
  const std::size_t expected = expected_features(source), columns = head.roles.size();
  const bool features_alone = columns == expected && head.target_count == 0 && in_order(source.features);
  const auto is_from_end = [](const Reference& reference) {
    const auto* number = std::get_if<std::int64_t>(&reference);
    return number != nullptr && *number < 0;
  };
  if (features_alone) {
    resolver.assign_rest(Use::feature, head.feature_count);
  } else {
    if (source.ignore_target && targets_here) {
      resolver.set_aside(source.target);
      if (std::any_of(source.features.begin(), source.features.end(), is_from_end))
        resolver.fail_head(fmt::format("features are counted from the end, but whether the target is there cannot be told; expected "
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
    const std::size_t others = source.ignore_target && targets_here && source.features.empty() ? source.target.size() : 0;
    const std::string with = others > 0 ? fmt::format(", or {} with the target", expected + others) : "";
    resolver.fail_head(fmt::format("expected {} columns of features as in the training data{}; found {}{}", expected, with,
                                   others > 0 ? columns : head.feature_count, resolver.single_column_hint()));
  }
}

void assign_roles(const CsvScanner& scanner, const Source& source, CsvContent content, CsvHead& head) {
  Resolver resolver(scanner, source.delimiter, head);
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
  if (named && !source.wanted_features.empty()) {
    resolver.assign_names(source.wanted_features, Use::feature, head.feature_count);
  } else {
    assign_features_by_place(resolver, source, targets_here, head);
  }
  if (source.ignore_target) resolver.drop_set_aside();
  if (head.feature_count == 0)
    throw DataError(scanner.name() + ": no column is left for features" + resolver.single_column_hint());
}

/// Before the table: comments, and the line by which Excel is told the delimiter. A header may begin with '#' as well.
void refuse_other_lines(CsvScanner& scanner, const Source& source) {
  scanner.hold();
  const std::vector<std::string> first = read_record(scanner);
  if (!first.empty() && first.size() <= 2 && first[0].starts_with("sep=")) {
    // A field is read without the blanks around it, a tab among them.
    const char delimiter = first[0].size() > 4 ? first[0][4] : first.size() == 2 ? source.delimiter : '\t';
    throw DataError(fmt::format("{}:{}: {} is no row of the table; say skip_lines = {} and delimiter = {}", scanner.name(),
                                scanner.line(), in_quotes(first[0]), scanner.line(), in_manifest(delimiter)));
  }
  if (!first.empty() && first[0].starts_with('#')) {
    const std::int64_t line = scanner.line();
    std::vector<std::string> next = read_record(scanner);
    while (!next.empty() && next[0].starts_with('#')) next = read_record(scanner);
    if (!next.empty() && next.size() != first.size())
      throw DataError(fmt::format("{}:{}: {} is a comment and no row of the table; say skip_lines = {}", scanner.name(), line,
                                  in_quotes(first[0]), scanner.line() - 1));
  }
  scanner.rewind();
}

}  // namespace

std::vector<std::string> CsvHead::names_of(Use use) const {
  std::vector<std::string> result;
  if (names.empty()) return result;
  result.resize(use == Use::target ? target_count : feature_count);
  for (std::size_t i = 0; i < roles.size(); ++i) {
    if (roles[i].use == use) result[roles[i].slot] = names[i];
  }
  return result;
}

CsvHead read_head(CsvScanner& scanner, const Source& source, CsvContent content) {
  for (std::int64_t i = 0; i < source.skip_lines && scanner.skip_line(); ++i) {
  }
  refuse_other_lines(scanner, source);
  scanner.hold();
  std::vector<std::string> first = read_record(scanner);
  if (first.empty()) {
    throw DataError(fmt::format("{}: is empty{}", scanner.name(), source.skip_lines > 0 ? " behind the lines to skip" : ""));
  }
  CsvHead head;
  head.first_field = first.front();
  head.line = scanner.line();
  const bool header = has_header(source, first, scanner);
  scanner.rewind();
  head.roles.resize(first.size());
  if (header) {
    read_record(scanner);
    for (const std::string& name : first) {
      if (!is_utf8(name))
        throw DataError(fmt::format("{}: the column name {} is no UTF-8 text", scanner.name(), in_quotes(name)));
    }
    head.names = std::move(first);
  }
  assign_roles(scanner, source, content, head);
  return head;
}

}  // namespace treino::data
