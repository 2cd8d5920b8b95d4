// A mark lies before the empty lines that may come before a row, so that going there finds them again.
#include "csv_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace treino::readers {

CsvRows::CsvRows(const std::string& path, const CsvOptions& options)
    : file_(std::make_shared<InputFile>(path)),
      delimiter_(options.delimiter),
      scanner_(std::make_unique<CsvScanner>(open_bytes(file_), path, delimiter_)),
      head_(read_head(*scanner_, options)) {
  if (!next()) throw std::runtime_error(path + ": a header, but no rows below it");
}

bool CsvRows::next() {
  if (begun_) return true;
  if (row_ % rows_per_mark == 0 && marks_.size() == static_cast<std::size_t>(row_ / rows_per_mark))
    marks_.push_back({offset(), scanner_->next_line()});
  begun_ = scanner_->next_record();
  return begun_;
}

void CsvRows::go_to_mark(std::int64_t row) {
  const std::size_t mark = std::min(static_cast<std::size_t>(row / rows_per_mark), marks_.size() - 1);
  first_byte_ = marks_[mark].offset;
  scanner_ = std::make_unique<CsvScanner>(open_bytes(file_, first_byte_), file_->name(), delimiter_, marks_[mark].line);
  row_ = static_cast<std::int64_t>(mark) * rows_per_mark;
  begun_ = within_ = false;
}

bool CsvRows::begin(std::int64_t row) {
  const auto last_mark = (static_cast<std::int64_t>(marks_.size()) - 1) * rows_per_mark;
  if (within_ || row < row_ || std::min(row, last_mark) / rows_per_mark > row_ / rows_per_mark) go_to_mark(row);
  while (next()) {
    begun_ = false;
    within_ = true;
    if (row_ == row) return true;
    while (scanner_->more_fields()) scanner_->text();
    end();
  }
  return false;
}

void CsvRows::end() {
  within_ = false;
  ++row_;
}

std::int64_t CsvRows::expected() const {
  constexpr std::uint64_t enough_to_judge = 64 << 10;
  const std::uint64_t read = scanner_->bytes_read();
  if (row_ == 0 || first_byte_ > 0 || read < enough_to_judge) return 0;
  const std::uint64_t row_bytes = std::max<std::uint64_t>(read / static_cast<std::uint64_t>(row_), 1);
  return row_ + static_cast<std::int64_t>(scanner_->bytes_left() / row_bytes);
}

}  // namespace treino::readers
