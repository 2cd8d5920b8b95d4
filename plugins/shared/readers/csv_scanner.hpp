// Fields of a CSV file one after the other (RFC 4180), read once from front to back and with no allocation per field.
//
// More lenient than the RFC where files in the wild are: lines may end in LF, CRLF or CR; empty lines are skipped; blanks around
// an unquoted field and around the quotes of a quoted one are dropped; with ' ' as delimiter, runs of blanks and tabs separate.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shared/readers/csv_buffer.hpp"

namespace treino::readers {

class CsvScanner : private CsvBuffer {
 public:
  /// Throws std::runtime_error for a delimiter that numbers, quotes or lines could contain.
  /// `line`: the number of the first one of `source`.
  CsvScanner(std::unique_ptr<ByteSource> source, std::string name, char delimiter, std::int64_t line = 1);

  /// False at the end of the file.
  bool skip_line();
  /// Goes to the next line that is not empty; false at the end of the file. The record before it has been read to its end.
  bool next_record();
  bool more_fields() const { return more_fields_; }

  /// The next field as text; valid until the scanner is used again.
  std::string_view text();
  /// Reads fields to the front of `values` while they are plain finite numbers, until it is full or the line ends. Returns how
  /// many; at the next field, text() has to look.
  std::size_t numbers(std::span<float> values) { return leading_numbers(values); }
  /// Likewise; they are within the range of floats.
  std::size_t numbers(std::span<double> values) { return leading_numbers(values); }

  std::int64_t line() const { return field_line_; }        // from 1, where the field (or record) just read begins
  std::int64_t next_line() const { return line_; }         // that the scanner stands in
  std::int64_t field() const { return field_; }            // from 1, of the field just read
  std::int64_t empty_line() const { return empty_line_; }  // the last one skipped by next_record, 0: none

  using CsvBuffer::bytes_left;
  using CsvBuffer::bytes_read;

  /// From now on all that is read is kept, until rewind() goes back to here. Called between records.
  void hold();
  void rewind();

  /// Throws std::runtime_error "name:line:field: what" for the field (or record) just read.
  [[noreturn]] void fail(const std::string& what) const;
  [[noreturn]] void fail_at(std::int64_t line, std::int64_t field, const std::string& what) const;
  const std::string& name() const { return name_; }

 private:
  bool is_blank(char character) const { return (character == ' ' || character == '\t') && character != delimiter_; }
  static bool is_line_end(char character) { return character == '\n' || character == '\r'; }
  void skip_blanks();
  void end_line();
  void end_field();
  template <class Number>
  std::size_t leading_numbers(std::span<Number> values);
  template <class Number>
  std::size_t buffered_numbers(std::span<Number> values);
  template <class Number>
  const char* any_number(const char* at, const char* limit, Number& value) const;
  template <class Number>
  bool number(Number& value);
  std::string_view quoted_text();
  std::string_view plain_text();

  std::string name_;
  char delimiter_;
  bool runs_;  // of blanks separate
  std::string unescaped_;
  std::int64_t held_line_ = 0;
  bool more_fields_ = false;
  std::int64_t line_ = 1, field_line_ = 1, field_ = 0, empty_line_ = 0;
};

}  // namespace treino::readers
