// A row is read in runs of neighboring columns, since one call for each field would cost more than parsing it.
#include "data/formats/csv_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "data/formats/csv_hints.hpp"
#include "data/formats/message.hpp"
#include "data/formats/missing_markers.hpp"
#include "data/formats/number.hpp"
#include "data/formats/table.hpp"
#include "data/target_collector.hpp"

namespace treino::data {

namespace {

using Use = ColumnRole::Use;

CsvScanner open_csv(const std::filesystem::path& path, const Source& source) {
  return CsvScanner(open_bytes(std::make_shared<InputFile>(path)), path.string(), source.delimiter);
}

class CsvReader {
 public:
  CsvReader(const std::filesystem::path& path, const Source& source, CsvContent content)
      : source_(source),
        scanner_(open_csv(path, source)),
        head_(read_head(scanner_, source, content)),
        targets_(source, head_.target_count),
        markers_(source.missing_markers),
        row_(source.keep_doubles || markers_.any_number() ? head_.feature_count : 0) {
    for (const ColumnRole& role : head_.roles) join(role);
  }

  Table read(std::size_t most) {
    while ((most == 0 || count_ < most) && scanner_.next_record()) read_row();
    if (count_ == 0) {
      throw DataError(fmt::format("{}: {}", scanner_.name(), head_.names.empty() ? "no rows" : "a header, but no rows below it"));
    }
    return finish();
  }

 private:
  /// Neighboring columns that become neighboring features, or one other column.
  struct Run {
    Use use;
    std::size_t slot, length;
  };

  void join(const ColumnRole& role) {
    const bool next = !runs_.empty() && role.use == Use::feature && runs_.back().use == Use::feature &&
                      role.slot == runs_.back().slot + runs_.back().length;
    if (next) {
      ++runs_.back().length;
    } else {
      runs_.push_back({role.use, role.slot, 1});
    }
  }

  void read_row() {
    if (head_.roles.size() == 1 && count_ > 0 && scanner_.empty_line() > 0) {
      scanner_.fail_at(scanner_.empty_line(), 1, "an empty line between rows of a single column; write NA for a missing value");
    }
    if (count_ == std::numeric_limits<std::uint32_t>::max()) scanner_.fail("more rows than 32 bits can number");
    if (head_.target_count > 0) lines_.push_back(scanner_.line());
    if (features_.capacity() - features_.size() < head_.feature_count) make_room();
    row_dropped_ = false;
    if (row_.empty()) {
      const std::size_t row = features_.floats.size();
      features_.floats.resize(row + head_.feature_count);
      read_fields(std::span(features_.floats).subspan(row));
    } else {
      read_fields(std::span(row_));
      features_.append(row_, source_.keep_doubles);
    }
    if (scanner_.more_fields()) fail_long_row();
    if (row_dropped_) mark_dropped();
    ++count_;
  }

  template <class Number>
  void read_fields(std::span<Number> row) {
    for (const Run& run : runs_) {
      if (run.use == Use::feature) {
        read_features(row.subspan(run.slot, run.length));
      } else {
        if (!scanner_.more_fields()) fail_short_row();
        const std::string_view text = scanner_.text();
        if (run.use == Use::target) read_target(text, run.slot);
      }
    }
  }

  // Doubling a large array again and again would write it twice over and leave a third of it unused.
  void make_room() {
    constexpr std::uint64_t enough_to_judge = 64 << 10;
    const std::uint64_t read = scanner_.bytes_read();
    if (count_ == 0 || read < enough_to_judge) return;
    const std::uint64_t row_bytes = std::max<std::uint64_t>(read / count_, 1);
    const std::uint64_t rows_left = scanner_.bytes_left() / row_bytes;
    const std::uint64_t rows = count_ + rows_left + rows_left / 16 + 16;
    features_.reserve(std::max<std::size_t>(rows * head_.feature_count, features_.size() + features_.size() / 2));
  }

  template <class Number>
  void read_features(std::span<Number> values) {
    std::size_t done = 0;
    while (true) {
      const std::size_t got = scanner_.numbers(values.subspan(done));
      if (markers_.any_number()) treat_markers(values.subspan(done, got));
      done += got;
      if (done == values.size()) return;
      if (!scanner_.more_fields()) fail_short_row();
      values[done++] = read_odd_feature<Number>();
    }
  }

  /// Looks for markers among the fields just read.
  template <class Number>
  void treat_markers(std::span<Number> values) {
    const std::int64_t first = scanner_.field() - static_cast<std::int64_t>(values.size()) + 1;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (!markers_.contains(static_cast<double>(values[i]))) continue;
      values[i] = missing_feature<Number>(fmt::format("{}", values[i]), first + static_cast<std::int64_t>(i));
    }
  }

  [[noreturn]] void fail_short_row() const {
    scanner_.fail(fmt::format("expected {} fields, found {}", head_.roles.size(), scanner_.field()));
  }

  [[noreturn]] void fail_long_row() {
    const std::int64_t line = scanner_.line();
    while (scanner_.more_fields()) scanner_.text();
    const auto expected = static_cast<std::int64_t>(head_.roles.size());
    scanner_.fail_at(line, expected + 1, fmt::format("expected {} fields, found {}", expected, scanner_.field()));
  }

  [[noreturn]] void fail_feature(NumberError fault, std::string_view text) const {
    std::string hint = field_hint(text, source_.delimiter);
    const bool further_file = !source_.wanted_features.empty() || source_.ignore_target;  // whose columns have been chosen
    if (hint.empty() && fault == NumberError::not_a_number)
      hint = further_file ? missing_hint(text) : word_hint(text, count_ == 0, head_.target_count > 0);
    scanner_.fail(describe(fault, text) + name_of_field(scanner_.field()) + hint);
  }

  /// Quoted, with blanks around, missing, or no number at all.
  template <class Number>
  Number read_odd_feature() {
    const std::string_view text = scanner_.text();
    if (markers_.contains(text)) return missing_feature<Number>(text, scanner_.field());
    Number value = 0;
    const NumberError fault = parse_number(text, value);
    if (fault != NumberError::none) fail_feature(fault, text);
    return value;
  }

  template <class Number>
  Number missing_feature(std::string_view text, std::int64_t field) {
    switch (source_.missing) {
      case Missing::zero:
        return 0;
      case Missing::mean:
        return std::numeric_limits<Number>::quiet_NaN();
      case Missing::skip_row:
        row_dropped_ = true;
        return 0;
      case Missing::error:
        break;
    }
    scanner_.fail_at(
        scanner_.line(), field,
        fmt::format("expected a number, found {}, which stands for a missing value{}; missing values may be skipped with their "
                    "row, or become zero or the column's mean, when told",
                    in_quotes(text), name_of_field(field)));
  }

  void read_target(std::string_view text, std::size_t slot) {
    if (slot >= fields_.size()) fields_.resize(slot + 1);
    fields_[slot] = scanner_.field();
    if (markers_.contains(text)) {
      if (source_.missing != Missing::skip_row)
        scanner_.fail(fmt::format("the target is missing: found {}{}", in_quotes(text), name_of_field(scanner_.field())));
      row_dropped_ = true;
      targets_.add_placeholder();
    } else if (const std::string fault = targets_.add(text); !fault.empty()) {
      scanner_.fail(fault + name_of_field(scanner_.field()) + field_hint(text, source_.delimiter));
    }
  }

  std::string name_of_field(std::int64_t field) const {
    if (head_.names.empty()) return "";
    return fmt::format(" (column {})", in_quotes(head_.names[static_cast<std::size_t>(field) - 1]));
  }

  void mark_dropped() {
    dropped_.resize(count_);
    dropped_.push_back(1);
  }

  Table finish() {
    Table table;
    table.features.count = static_cast<std::int64_t>(count_);
    table.features.shape = {static_cast<std::int64_t>(head_.feature_count)};
    table.features.values = std::move(features_);
    table.features.names = head_.names_of(Use::feature);
    table.targets.count = static_cast<std::int64_t>(count_);
    table.targets.width = static_cast<std::int64_t>(head_.target_count);
    table.targets.names = head_.names_of(Use::target);
    table.targets.file = scanner_.name();
    table.targets.lines = std::move(lines_);
    table.targets.fields = std::move(fields_);
    targets_.finish(table.targets);
    if (!dropped_.empty()) dropped_.resize(count_);
    table.dropped = std::move(dropped_);
    return table;
  }

  const Source& source_;
  CsvScanner scanner_;
  CsvHead head_;
  std::vector<Run> runs_;
  TargetCollector targets_;
  MissingMarkers markers_;
  std::vector<double> row_;  // being read, where doubles are looked at; empty: floats are read where they stay
  bool row_dropped_ = false;
  std::size_t count_ = 0;
  FeatureValues features_;
  std::vector<std::int64_t> lines_, fields_;
  std::vector<std::uint8_t> dropped_;
};

}  // namespace

Table read_csv(const std::filesystem::path& path, const Source& source, CsvContent content, std::size_t most) {
  return CsvReader(path, source, content).read(most);
}

CsvHead outline_csv(const std::filesystem::path& path, const Source& source, CsvContent content) {
  CsvScanner scanner = open_csv(path, source);
  CsvHead head = read_head(scanner, source, content);
  if (!scanner.next_record()) throw DataError(scanner.name() + ": a header, but no rows below it");
  return head;
}

}  // namespace treino::data
