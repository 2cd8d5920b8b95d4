#include "data/csv_columns.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "data/message.hpp"
#include "data/number.hpp"

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
  bool any_text = false, any_number = false;
  for (std::size_t i = 0; i < first.size(); ++i) {
    if (is_missing(source, first[i])) continue;
    const bool number = is_number(first[i]);
    any_number = any_number || number;
    any_text = any_text || !number;
    if (!number && i < second.size() && is_number(second[i])) return true;
  }
  return any_text && !any_number;
}

class Resolver {
 public:
  Resolver(const CsvScanner& scanner, CsvHead& head) : scanner_(scanner), head_(head) {}

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

 private:
  [[noreturn]] void fail(const std::string& what) const { throw DataError(scanner_.name() + ": " + what); }

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
      fail(fmt::format("no column {}; it has {} columns, counted from 0, or from -1 backwards", number, columns));
    }
    return static_cast<std::size_t>(number < 0 ? number + columns : number);
  }

  std::size_t find_name(const std::string& name) const {
    if (head_.names.empty())
      fail(fmt::format("no column {}: it has no header; give the column's number, from 0", in_quotes(name)));
    const auto found = std::find(head_.names.begin(), head_.names.end(), name);
    if (found == head_.names.end()) {
      const std::string hint = nearest_hint(name, head_.names);
      fail(fmt::format("no column {}.{} It has: {}", in_quotes(name), hint, listed(head_.names)));
    }
    if (std::find(found + 1, head_.names.end(), name) != head_.names.end()) {
      fail(fmt::format("two columns {}; give the column's number, from 0", in_quotes(name)));
    }
    return static_cast<std::size_t>(found - head_.names.begin());
  }

  const CsvScanner& scanner_;
  CsvHead& head_;
};

void assign_roles(const CsvScanner& scanner, const Source& source, CsvContent content, CsvHead& head) {
  Resolver resolver(scanner, head);
  const bool with_targets = content != CsvContent::features_only;
  if (with_targets) resolver.assign(source.target, Use::target, head.target_count);
  if (content == CsvContent::targets_only) {
    if (source.target.empty()) resolver.assign_rest(Use::target, head.target_count);
    return;
  }
  if (source.features.empty()) {
    resolver.assign_rest(Use::feature, head.feature_count);
  } else {
    resolver.assign(source.features, Use::feature, head.feature_count);
  }
  if (head.feature_count == 0) throw DataError(scanner.name() + ": no column is left for features");
}

}  // namespace

bool is_missing(const Source& source, std::string_view text) {
  return std::find(source.missing_markers.begin(), source.missing_markers.end(), text) != source.missing_markers.end();
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

CsvHead read_head(CsvScanner& scanner, const Source& source, CsvContent content) {
  for (std::int64_t i = 0; i < source.skip_lines; ++i) scanner.skip_line();
  scanner.hold();
  std::vector<std::string> first = read_record(scanner);
  if (first.empty()) {
    throw DataError(fmt::format("{}: is empty{}", scanner.name(), source.skip_lines > 0 ? " behind the lines to skip" : ""));
  }
  bool header = names_columns(source);
  if (const bool* told = std::get_if<bool>(&source.header)) {
    header = *told;
  } else if (!header) {
    header = looks_like_header(source, first, read_record(scanner));
  }
  scanner.rewind();
  CsvHead head;
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
