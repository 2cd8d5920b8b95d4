// Fields of a CSV file one after the other (RFC 4180), read once from front to back and with no allocation a field.
//
// More lenient than the RFC where files in the wild are: lines may end in LF, CRLF or CR; empty lines are skipped; blanks around
// an unquoted field and around the quotes of a quoted one are dropped; with ' ' as delimiter, runs of blanks and tabs separate.
#pragma once
#include <charconv>
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "data/byte_source.hpp"

namespace treino::data {

class CsvScanner {
 public:
  /// Throws DataError for a delimiter that numbers, quotes or lines could contain.
  CsvScanner(std::unique_ptr<ByteSource> source, std::string name, char delimiter);

  void skip_line();
  /// Goes to the next line that is not empty; false at the end of the file. The record before it has been read to its end.
  bool next_record();
  bool more_fields() const { return more_fields_; }

  /// The next field as text; valid until the scanner is used again.
  std::string_view text();
  /// The next field where it is a plain finite number; otherwise nothing has been read and text() has to look.
  bool number(float& value);

  std::int64_t line() const { return field_line_; }        // from 1, where the field (or record) just read begins
  std::int64_t field() const { return field_; }            // from 1, of the field just read
  std::int64_t empty_line() const { return empty_line_; }  // the last one skipped by next_record, 0: none

  /// From now on all that is read is kept, until rewind() goes back to here. Called between records.
  void hold();
  void rewind();

  /// Throws DataError "name:line:field: what" for the field (or record) just read.
  [[noreturn]] void fail(const std::string& what) const;
  [[noreturn]] void fail_at(std::int64_t line, std::int64_t field, const std::string& what) const;
  const std::string& name() const { return name_; }

 private:
  bool is_blank(char character) const { return (character == ' ' || character == '\t') && character != delimiter_; }
  static const char* small_integer(const char* begin, const char* limit, float& value);
  static bool is_line_end(char character) { return character == '\n' || character == '\r'; }
  /// Makes `ahead` bytes available at the cursor, fewer at the end of the file only.
  void look_ahead(std::size_t ahead) {
    if (end_ - cursor_ < ahead && !source_ended_) refill(ahead);
  }
  void refill(std::size_t ahead);
  void skip_blanks();
  void end_line();
  void end_field();
  std::string_view quoted_text();
  std::string_view plain_text();

  std::unique_ptr<ByteSource> source_;
  std::string name_;
  char delimiter_;
  bool runs_;  // of blanks separate
  std::vector<char> buffer_;
  std::string unescaped_;
  std::size_t cursor_ = 0, end_ = 0;  // the unread part of the buffer
  std::size_t held_ = 0;
  std::int64_t held_line_ = 0;
  bool holding_ = false, source_ended_ = false, more_fields_ = false;
  std::int64_t line_ = 1, field_line_ = 1, field_ = 0, empty_line_ = 0;
};

/// Reads a sign and up to seven digits, which a float holds exactly. Returns what is behind them; `begin` where there are none.
inline const char* CsvScanner::small_integer(const char* begin, const char* limit, float& value) {
  const bool negative = begin != limit && *begin == '-';
  const char* const digits = begin + (negative ? 1 : 0);
  const char* at = digits;
  unsigned number = 0;
  for (; at != limit && at - digits < 7; ++at) {
    const unsigned digit = static_cast<unsigned char>(*at) - unsigned{'0'};
    if (digit > 9) break;
    number = number * 10 + digit;
  }
  if (at == digits) return begin;
  value = negative ? -static_cast<float>(number) : static_cast<float>(number);
  return at;
}

// Numbers are nearly all there is in a data file: parsed where they stand, without looking for the end of the field first.
inline bool CsvScanner::number(float& value) {
  constexpr std::size_t longest = 512;
  look_ahead(longest);
  const char* begin = buffer_.data() + cursor_;
  const char* limit = buffer_.data() + end_;
  const char* after = small_integer(begin, limit, value);
  if (after == begin || after == limit || (*after != delimiter_ && !is_line_end(*after))) {
    const auto [end, error] = std::from_chars(begin, limit, value);
    if (error != std::errc{} || end == limit || !std::isfinite(value)) return false;
    if (*end != delimiter_ && !is_line_end(*end)) return false;
    after = end;
  }
  field_line_ = line_;
  ++field_;
  cursor_ += static_cast<std::size_t>(after - begin);
  if (*after == delimiter_ && !runs_) {
    ++cursor_;
  } else {
    end_field();
  }
  return true;
}

}  // namespace treino::data
