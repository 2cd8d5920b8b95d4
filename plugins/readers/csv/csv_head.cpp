// A file rarely says whether it has a header: it is found out, and what is not a table at all is refused with the key that helps.
#include "csv_head.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "csv_hints.hpp"
#include "missing_markers.hpp"
#include "number.hpp"
#include "shared/readers/message.hpp"

namespace treino::readers {

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

// A first row of data may end in a class name, and a header may hold years. So what a header cannot have in common with the data
// decides: no number in it at all, or a text above a column of numbers.
bool looks_like_header(const CsvOptions& options, const std::vector<std::string>& first, const std::vector<std::string>& second) {
  const MissingMarkers markers(options.missing);
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

bool has_header(const CsvOptions& options, const std::vector<std::string>& first, CsvScanner& scanner) {
  if (options.header) return *options.header;
  const bool named = !options.feature_names.empty() || !options.target_names.empty();
  if (!options.further && named) return true;
  return holds_names(first, options.feature_names) || holds_names(first, options.target_names) ||
         looks_like_header(options, first, read_record(scanner));
}

/// Before the table: comments, and the line by which Excel is told the delimiter. A header may begin with '#' as well.
void refuse_other_lines(CsvScanner& scanner, const CsvOptions& options) {
  scanner.hold();
  const std::vector<std::string> first = read_record(scanner);
  if (!first.empty() && first.size() <= 2 && first[0].starts_with("sep=")) {
    // A field is read without the blanks around it, a tab among them.
    const char delimiter = first[0].size() > 4 ? first[0][4] : first.size() == 2 ? options.delimiter : '\t';
    throw std::runtime_error(fmt::format("{}:{}: {} is no row of the table; set skip_lines = {} and delimiter = {}",
                                         scanner.name(), scanner.line(), in_quotes(first[0]), scanner.line(),
                                         in_manifest(delimiter)));
  }
  if (!first.empty() && first[0].starts_with('#')) {
    const std::int64_t line = scanner.line();
    std::vector<std::string> next = read_record(scanner);
    while (!next.empty() && next[0].starts_with('#')) next = read_record(scanner);
    if (!next.empty() && next.size() != first.size())
      throw std::runtime_error(fmt::format("{}:{}: {} is a comment and no row of the table; set skip_lines = {}", scanner.name(),
                                           line, in_quotes(first[0]), scanner.line() - 1));
  }
  scanner.rewind();
}

}  // namespace

CsvHead read_head(CsvScanner& scanner, const CsvOptions& options) {
  for (std::int64_t i = 0; i < options.skip_lines && scanner.skip_line(); ++i) {
  }
  refuse_other_lines(scanner, options);
  scanner.hold();
  std::vector<std::string> first = read_record(scanner);
  if (first.empty())
    throw std::runtime_error(
        fmt::format("{}: is empty{}", scanner.name(), options.skip_lines > 0 ? " after the lines to skip" : ""));
  CsvHead head;
  head.first_field = first.front();
  head.line = scanner.line();
  head.columns = first.size();
  const bool header = has_header(options, first, scanner);
  scanner.rewind();
  if (!header) return head;
  read_record(scanner);
  for (const std::string& name : first)
    if (!is_utf8(name))
      throw std::runtime_error(fmt::format("{}: the column name {} is no UTF-8 text", scanner.name(), in_quotes(name)));
  head.names = std::move(first);
  return head;
}

}  // namespace treino::readers
