// Tables of numbers and texts, as RFC 4180 and spreadsheets have them, in any of their dialects. A row is read in runs of neighboring
// columns, since one call for each field would cost more than parsing it.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <treino/reader.hpp>
#include <utility>

#include "csv_hints.hpp"
#include "csv_rows.hpp"
#include "missing_markers.hpp"
#include "number.hpp"
#include "shared/readers/lent_texts.hpp"
#include "shared/readers/message.hpp"

namespace {

using namespace treino::readers;

/// Neighboring columns that become neighboring numbers, one column of texts, or columns that nobody wants.
struct Run {
  const treino_read_destination* to;  // of the first column; null: nobody
  std::size_t length;
};

std::ptrdiff_t size_of_number(const treino_read_destination& to) { return to.type == TREINO_READ_FLOAT32 ? 4 : 8; }

bool follows(const Run& run, const treino_read_destination& next) {
  const treino_read_destination& first = *run.to;
  return first.type == next.type && next.type != TREINO_READ_TEXT && first.stride == next.stride &&
         static_cast<char*>(first.data) + size_of_number(first) * static_cast<std::ptrdiff_t>(run.length) == next.data;
}

std::vector<Run> runs_of(const treino::Destination& to, std::size_t columns) {
  std::vector<const treino_read_destination*> wanted(columns, nullptr);
  for (std::size_t i = 0; i < to.size(); ++i) wanted[to.raw(i).field] = &to.raw(i);
  std::vector<Run> runs;
  for (const treino_read_destination* each : wanted) {
    const bool joins =
        !runs.empty() && (each == nullptr ? runs.back().to == nullptr : runs.back().to != nullptr && follows(runs.back(), *each));
    if (joins)
      ++runs.back().length;
    else
      runs.push_back({each, 1});
  }
  return runs;
}

class Csv final : public treino::DataReader {
 public:
  explicit Csv(const treino::Setup& setup) {
    options_.header = setup.find<bool>("header");
    options_.skip_lines = setup.get<std::int64_t>("skip_lines");
    const auto delimiter = setup.get<std::string>("delimiter");
    if (delimiter.size() != 1) throw std::invalid_argument("delimiter: expected one character, got " + in_quotes(delimiter));
    options_.delimiter = delimiter.front();
  }

  treino::DataSchema open(const treino::DataSource& source) override {
    options_.further = source.is_further();
    options_.feature_names = source.feature_names();
    options_.target_names = source.target_names();
    options_.missing = source.missing();
    rows_.emplace(source.path(), options_);
    markers_.emplace(options_.missing);
    const CsvHead& head = rows_->head();
    treino::DataSchema schema;
    schema.head = fmt::format("{}:{}", source.path(), head.line);
    if (head.columns == 1) schema.hint = field_hint(head.first_field, options_.delimiter);
    for (std::size_t i = 0; i < head.columns; ++i) schema.column(head.names.empty() ? "" : head.names[i], treino::ReadType::text);
    return schema;
  }

  void read(const treino::Rows& rows, const treino::Destination& to) override {
    const std::vector<Run> runs = runs_of(to, rows_->head().columns);
    has_target_ = std::any_of(runs.begin(), runs.end(),
                              [](const Run& run) { return run.to != nullptr && run.to->type == TREINO_READ_TEXT; });
    texts_.clear();
    std::int64_t done = 0;
    for (; done < rows.count() && rows_->begin(rows[done]); ++done) read_row(rows[done], done, runs);
    to.end_after(done);
    to.expect(rows_->expected());
    texts_.lend();
  }

  std::optional<treino::ValuePlace> locate(std::int64_t row, std::size_t field) override {
    if (!rows_->begin(row)) return std::nullopt;
    CsvScanner& scanner = rows_->scanner();
    for (std::size_t i = 0; i < field && scanner.more_fields(); ++i) scanner.text();
    const std::string found(scanner.text());
    treino::ValuePlace place{fmt::format("{}:{}:{}", scanner.name(), scanner.line(), scanner.field()), found};
    while (scanner.more_fields()) scanner.text();
    rows_->end();
    return place;
  }

 private:
  void read_row(std::int64_t row, std::int64_t i, const std::vector<Run>& runs) {
    CsvScanner& scanner = rows_->scanner();
    if (rows_->head().columns == 1 && row > 0 && scanner.empty_line() > 0)
      scanner.fail_at(scanner.empty_line(), 1, "an empty line between rows of a single column; write NA for a missing value");
    first_row_ = row == 0;
    for (const Run& run : runs) {
      char* const at = run.to == nullptr ? nullptr : static_cast<char*>(run.to->data) + i * run.to->stride;
      if (at == nullptr)
        skip(run.length);
      else if (run.to->type == TREINO_READ_TEXT)
        read_text(reinterpret_cast<treino_read_text*>(at));
      else if (run.to->type == TREINO_READ_FLOAT32)
        read_numbers(std::span(reinterpret_cast<float*>(at), run.length));
      else
        read_numbers(std::span(reinterpret_cast<double*>(at), run.length));
    }
    if (scanner.more_fields()) fail_long_row();
    rows_->end();
  }

  void skip(std::size_t fields) {
    for (; fields > 0; --fields) next_text();
  }
  std::string_view next_text() {
    if (!rows_->scanner().more_fields()) fail_short_row();
    return rows_->scanner().text();
  }
  void read_text(treino_read_text* to) { texts_.add(to, next_text()); }

  template <class Number>
  void read_numbers(std::span<Number> values) {
    for (std::size_t done = 0;;) {
      done += rows_->scanner().numbers(values.subspan(done));
      if (done == values.size()) return;
      values[done++] = odd_number<Number>(next_text());
    }
  }
  /// Quoted, with blanks around, missing, or no number at all.
  template <class Number>
  Number odd_number(std::string_view text) const {
    if (markers_->contains(text)) return std::numeric_limits<Number>::quiet_NaN();
    Number value = 0;
    const NumberError fault = parse_number(text, value);
    if (fault != NumberError::none) fail_number(fault, text);
    return value;
  }

  [[noreturn]] void fail_short_row() const {
    const CsvScanner& scanner = rows_->scanner();
    scanner.fail(fmt::format("expected {} fields, found {}", rows_->head().columns, scanner.field()));
  }
  [[noreturn]] void fail_long_row() {
    CsvScanner& scanner = rows_->scanner();
    const std::int64_t line = scanner.line();
    while (scanner.more_fields()) scanner.text();
    const auto expected = static_cast<std::int64_t>(rows_->head().columns);
    scanner.fail_at(line, expected + 1, fmt::format("expected {} fields, found {}", expected, scanner.field()));
  }
  [[noreturn]] void fail_number(NumberError fault, std::string_view text) const {
    const CsvScanner& scanner = rows_->scanner();
    std::string hint = field_hint(text, options_.delimiter);
    if (hint.empty() && fault == NumberError::not_a_number)
      hint = options_.further ? missing_hint(text) : word_hint(text, first_row_, has_target_);
    const std::vector<std::string>& names = rows_->head().names;
    const std::string name =
        names.empty() ? "" : fmt::format(" (column {})", in_quotes(names[static_cast<std::size_t>(scanner.field()) - 1]));
    scanner.fail(describe(fault, text) + name + hint);
  }

  CsvOptions options_;
  std::optional<CsvRows> rows_;
  std::optional<MissingMarkers> markers_;
  LentTexts texts_;
  bool has_target_ = false, first_row_ = false;
};

}  // namespace

TREINO_PLUGIN(Csv, R"toml(
kind = "reader"
draft = 1
id = "csv"
version = "1.0.0"
summary = "Tables as text, with a delimiter between the columns; compressed by gzip or not."
help = """
Fields as RFC 4180 has them: with quotes where they hold the delimiter, a line's end or a quote, which is doubled then. Lines end in LF, CRLF or CR;
empty ones are passed over; blanks around a field are dropped. Numbers are written with a point. The text is UTF-8.
A file is read from front to back; any row can be read again, from the last mark before it."""
files = ["*.csv", "*.txt", "*.tsv", "*.data"]
magic = [""]
[parameters.header]
type = "bool"
doc = "whether the first line names the columns; found out if not given"
[parameters.delimiter]
type = "string"
default = ","
doc = "one character; a blank stands for runs of blanks and tabs"
[parameters.skip_lines]
type = "int"
default = 0
min = 0
doc = "lines before the header or the data"
)toml")
