// A file rarely says whether it has a header: it is found out, and what is not a table at all is refused with the key that helps.
#include "data/formats/csv_head.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "data/formats/csv_hints.hpp"
#include "data/formats/message.hpp"
#include "data/formats/missing_markers.hpp"
#include "data/formats/number.hpp"
#include "data/source.hpp"

namespace treino::data {

namespace {

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
  return parse_number(text, ignored) == NumberError::none;
}

bool names_columns(const Source& source) {
  const auto is_name = [](const Source::Column& reference) { return std::holds_alternative<std::string>(reference); };
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
    for (const Source::Column& reference : *references) {
      if (const auto* name = std::get_if<std::string>(&reference)) wanted.push_back(*name);
    }
  }
  return holds_names(first, source.wanted_features) || holds_names(first, wanted) ||
         looks_like_header(source, first, read_record(scanner));
}

/// Before the table: comments, and the line by which Excel is told the delimiter. A header may begin with '#' as well.
void refuse_other_lines(CsvScanner& scanner, const Source& source) {
  scanner.hold();
  const std::vector<std::string> first = read_record(scanner);
  if (!first.empty() && first.size() <= 2 && first[0].starts_with("sep=")) {
    // A field is read without the blanks around it, a tab among them.
    const char delimiter = first[0].size() > 4 ? first[0][4] : first.size() == 2 ? source.delimiter : '\t';
    throw DataError(fmt::format("{}:{}: {} is no row of the table; set skip_lines = {} and delimiter = {}", scanner.name(),
                                scanner.line(), in_quotes(first[0]), scanner.line(), in_manifest(delimiter)));
  }
  if (!first.empty() && first[0].starts_with('#')) {
    const std::int64_t line = scanner.line();
    std::vector<std::string> next = read_record(scanner);
    while (!next.empty() && next[0].starts_with('#')) next = read_record(scanner);
    if (!next.empty() && next.size() != first.size())
      throw DataError(fmt::format("{}:{}: {} is a comment and no row of the table; set skip_lines = {}", scanner.name(), line,
                                  in_quotes(first[0]), scanner.line() - 1));
  }
  scanner.rewind();
}

}  // namespace

CsvHead read_head(CsvScanner& scanner, const Source& source, CsvContent content) {
  for (std::int64_t i = 0; i < source.skip_lines && scanner.skip_line(); ++i) {
  }
  refuse_other_lines(scanner, source);
  scanner.hold();
  std::vector<std::string> first = read_record(scanner);
  if (first.empty()) {
    throw DataError(fmt::format("{}: is empty{}", scanner.name(), source.skip_lines > 0 ? " after the lines to skip" : ""));
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
