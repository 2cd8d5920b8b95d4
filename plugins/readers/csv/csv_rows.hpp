// The rows of a CSV file in any order: it is read from front to back, with a mark every so many rows from which it can be read again.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "csv_head.hpp"

namespace treino::readers {

class CsvRows {
 public:
  /// Reads the head. Throws std::runtime_error.
  CsvRows(const std::string& path, const CsvOptions& options);

  const CsvHead& head() const { return head_; }
  CsvScanner& scanner() { return *scanner_; }
  const CsvScanner& scanner() const { return *scanner_; }

  /// Goes to the first field of a row; false where the file has ended before.
  bool begin(std::int64_t row);
  /// The fields of the row have been read.
  void end();
  /// How many rows there may be, by the length of those that have been read; 0: too few have been.
  std::int64_t expected() const;

 private:
  static constexpr std::int64_t rows_per_mark = 1024;
  struct Mark {
    std::uint64_t offset;
    std::int64_t line;
  };

  std::uint64_t offset() const { return first_byte_ + scanner_->bytes_read(); }
  /// To the next record; false at the end of the file.
  bool next();
  void go_to_mark(std::int64_t row);

  std::shared_ptr<const InputFile> file_;
  const char delimiter_;
  std::unique_ptr<CsvScanner> scanner_;
  CsvHead head_;
  std::vector<Mark> marks_;
  std::uint64_t first_byte_ = 0;  // that the scanner began with
  std::int64_t row_ = 0;          // that the scanner stands before, or in
  bool begun_ = false;            // it stands at the row's first field
  bool within_ = false;           // or somewhere in it
};

}  // namespace treino::readers
