// The file of a csv_logger: rows that join the columns which are there, and new columns after them.
#pragma once
#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <treino/host.hpp>
#include <treino/kit/durable_file.hpp>
#include <treino/kit/replaced_file.hpp>
#include <treino/state.hpp>
#include <unordered_map>
#include <utility>
#include <vector>

#include "records.hpp"
#include "shared/files/csv.hpp"
#include "shared/files/recorder.hpp"

namespace csv_logger {

class CsvFile {
 public:
  CsvFile(std::string path, char separator) : path_(std::move(path)), separator_(separator), saved_separator_(separator) {}
  const std::string& path() const { return path_; }

  /// Takes up the file of an earlier run.
  void join() {
    std::vector<Record> records = read(separator_);
    if (records.empty()) return treino::begin_file(path_);
    expect_epochs(records.front());
    columns_ = records.front();
    rows_ = records.size() - 1;
    treino::DurableFile probe(path_, O_WRONLY | O_APPEND);
    if (!ends_with_line_) write_all(std::move(records), columns_);
  }

  /// After a resume: the rows that the saved state knows of, in its columns; those of epochs that will run again go.
  void go_on(const treino::Host& host, bool there) {
    if (!there) {
      if (rows_ > 0) host.warn(path_ + " is gone; it begins again");
      rows_ = 0;
      columns_.clear();
      return treino::begin_file(path_);
    }
    std::vector<Record> records = read(saved_separator_);
    const std::uint64_t found = records.empty() ? 0 : records.size() - 1;
    if (found < rows_)
      host.warn(path_ + " has lost rows: " + std::to_string(found) + " of " + std::to_string(rows_) + " are there");
    rows_ = std::min(rows_, found);
    if (records.empty()) return;
    records.resize(static_cast<std::size_t>(rows_) + 1);
    select(records);
    write_all(std::move(records), columns_);
  }

  /// Appends rows, names and values in turn; where a column is new, the file is written again. Throws, and then it is as it was.
  void append(const std::vector<Record>& rows, bool sync) {
    Record columns = columns_;
    std::unordered_map<std::string, std::size_t> places;
    for (std::size_t i = 0; i < columns.size(); ++i) places.emplace(columns[i], i);
    std::vector<Record> added;
    for (const Record& fields : rows) added.push_back(row_of(fields, columns, places));
    const bool begins = columns_.empty() && rows_ == 0 && !marked_;  // in an empty file
    if (begins || columns.size() == columns_.size()) {
      std::string text = begins ? treino::csv_line(columns, separator_) : "";
      for (Record& record : added) {
        record.resize(columns.size());
        text += treino::csv_line(record, separator_);
      }
      treino::DurableFile(path_, O_WRONLY | O_APPEND).append(text, sync);
    } else {
      std::vector<Record> records = read(separator_);
      if (records.empty()) records.emplace_back();
      records.front() = columns;
      records.insert(records.end(), added.begin(), added.end());
      write_all(std::move(records), columns);
    }
    columns_ = std::move(columns);
    rows_ += added.size();
  }

  /// What is saved of it with the run.
  struct Saved {
    std::uint64_t rows = 0;
    Record columns;
    char separator = ',';
  };
  void save(treino::Writer& writer) const {
    writer.write(rows_);
    writer.write(columns_);
    writer.write(separator_);
  }
  static Saved read_saved(treino::Reader& reader) {
    Saved saved;
    reader.read(saved.rows);
    reader.read(saved.columns);
    reader.read(saved.separator);
    return saved;
  }
  void restore(Saved saved) {
    rows_ = saved.rows;
    columns_ = std::move(saved.columns);
    saved_separator_ = saved.separator;
  }

 private:
  static constexpr char byte_order_mark[] = "\xEF\xBB\xBF";

  /// Names and values in turn -> a record in the file's columns, to which new ones are added. Of equal columns the first counts.
  static Record row_of(const Record& fields, Record& columns, std::unordered_map<std::string, std::size_t>& places) {
    Record row(columns.size());
    for (std::size_t i = 0; i + 1 < fields.size(); i += 2) {
      const auto [found, added] = places.emplace(fields[i], columns.size());
      if (added) {
        columns.push_back(fields[i]);
        row.emplace_back();
      }
      row[found->second] = fields[i + 1];
    }
    return row;
  }

  /// Reduces records, the header first, to columns_.
  void select(std::vector<Record>& records) const {
    const Record header = records.front();
    if (header == columns_) return;
    std::unordered_map<std::string, std::size_t> places;
    for (std::size_t i = 0; i < header.size(); ++i) places.emplace(header[i], i);
    for (Record& record : records) {
      Record selected;
      for (const std::string& name : columns_) {
        const auto found = places.find(name);
        const bool there = found != places.end() && found->second < record.size();
        selected.push_back(there ? record[found->second] : "");
      }
      record = std::move(selected);
    }
    records.front() = columns_;
  }

  /// Each file of a csv_logger has a column of epochs: without one the columns are not ours to join.
  void expect_epochs(const Record& header) const {
    const auto has_epochs = [](const Record& record) { return std::find(record.begin(), record.end(), "epoch") != record.end(); };
    if (has_epochs(header)) return;
    const std::string line = treino::csv_line(header, separator_, "\n");
    for (const char other : {',', ';', '\t', '|', ' '})
      if (other != separator_ && has_epochs(parse(line, other).front()))
        throw std::runtime_error(path_ + ": its columns are separated by " + shown(other) + ", not by " + shown(separator_) +
                                 ": set separator to that, or name another file");
    throw std::runtime_error(path_ +
                             ": nothing is added to it, since its first line has no column 'epoch': it is not the file of a "
                             "csv_logger. Name another file, or set append = false to replace it");
  }
  static std::string shown(char separator) { return separator == '\t' ? "a tab" : "'" + std::string(1, separator) + "'"; }

  std::vector<Record> read(char separator) {
    std::string text = treino::read_file(path_);
    ends_with_line_ = text.empty() || text.back() == '\n';
    marked_ = text.compare(0, 3, byte_order_mark) == 0;
    if (marked_) text.erase(0, 3);
    return parse(text, separator);
  }

  /// Short records are filled up.
  void write_all(std::vector<Record> records, const Record& columns) const {
    std::string text = marked_ ? byte_order_mark : "";
    for (Record& record : records) {
      record.resize(std::max(record.size(), columns.size()));
      text += treino::csv_line(record, separator_);
    }
    treino::replace_file(path_, columns.empty() ? "" : text);
  }

  std::string path_;
  char separator_, saved_separator_;
  Record columns_;                               // empty before the first row
  std::uint64_t rows_ = 0;                       // the header not counted
  bool ends_with_line_ = true, marked_ = false;  // when it was read last; marked_: by a byte order mark
};

}  // namespace csv_logger
