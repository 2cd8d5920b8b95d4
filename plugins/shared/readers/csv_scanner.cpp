// Numbers are parsed where they stand in the buffer; only fields that are no plain numbers are copied out as text.
#include "shared/readers/csv_scanner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <utility>

#include "shared/readers/message.hpp"
#include "shared/readers/short_number.hpp"

namespace treino::readers {

namespace {

// A quote that nobody closes would otherwise make one field of the rest of the file.
constexpr std::size_t longest_field = std::size_t{1} << 20;

/// Longer ones are read as text.
constexpr std::size_t longest_number = 512;

}  // namespace

CsvScanner::CsvScanner(std::unique_ptr<ByteSource> source, std::string name, char delimiter, std::int64_t line)
    : CsvBuffer(std::move(source)), name_(std::move(name)), delimiter_(delimiter), runs_(delimiter == ' '), line_(line) {
  const bool alphanumeric = (delimiter >= '0' && delimiter <= '9') || ((delimiter | 0x20) >= 'a' && (delimiter | 0x20) <= 'z');
  if (alphanumeric || std::strchr("+-.\"\r\n", delimiter) != nullptr) {  // strchr finds NUL as well
    throw std::runtime_error(fmt::format("{}: {} cannot separate columns", name_, in_quotes(std::string_view(&delimiter_, 1))));
  }
  look_ahead(4);
  const std::string_view head(buffer_.data(), end_);
  if (head.starts_with("\xff\xfe") || head.starts_with("\xfe\xff"))
    throw std::runtime_error(name_ + ": UTF-16 text; expected UTF-8");
  if (head.starts_with("\xef\xbb\xbf")) cursor_ = 3;
}

void CsvScanner::fail(const std::string& what) const { fail_at(field_line_, field_, what); }

void CsvScanner::fail_at(std::int64_t line, std::int64_t field, const std::string& what) const {
  throw std::runtime_error(fmt::format("{}:{}:{}: {}", name_, line, std::max<std::int64_t>(field, 1), what));
}

void CsvScanner::hold() {
  keep_from_here();
  held_line_ = line_;
}

void CsvScanner::rewind() {
  go_back();
  line_ = held_line_;
  more_fields_ = false;
  empty_line_ = 0;
}

void CsvScanner::skip_blanks() {
  for (;; ++cursor_) {
    look_ahead(1);
    if (cursor_ == end_ || !(is_blank(buffer_[cursor_]) || (runs_ && buffer_[cursor_] == ' '))) return;
  }
}

void CsvScanner::end_line() {
  look_ahead(2);
  cursor_ += buffer_[cursor_] == '\r' && cursor_ + 1 < end_ && buffer_[cursor_ + 1] == '\n' ? 2 : 1;
  ++line_;
}

bool CsvScanner::skip_line() {
  look_ahead(1);
  if (cursor_ == end_) return false;
  for (;; ++cursor_) {
    look_ahead(1);
    if (cursor_ == end_) return true;
    if (!is_line_end(buffer_[cursor_])) continue;
    end_line();
    return true;
  }
}

bool CsvScanner::next_record() {
  empty_line_ = 0;
  field_ = 0;
  for (;; end_line()) {
    field_line_ = line_;
    skip_blanks();
    more_fields_ = cursor_ < end_;
    if (!more_fields_) return false;
    if (!is_line_end(buffer_[cursor_])) return true;
    empty_line_ = line_;
  }
}

/// At the character after a field, blanks aside: goes over the delimiter or the end of the line.
void CsvScanner::end_field() {
  if (runs_) skip_blanks();
  look_ahead(1);
  more_fields_ = cursor_ < end_ && !is_line_end(buffer_[cursor_]);
  if (more_fields_) {
    cursor_ += runs_ ? 0 : 1;
  } else if (cursor_ < end_) {
    end_line();
  }
}

// Numbers are nearly all there is in a data file: parsed where they stand, without looking for the end of the field first.
template <class Number>
std::size_t CsvScanner::leading_numbers(std::span<Number> values) {
  std::size_t count = 0;
  while (count < values.size() && more_fields_) {
    look_ahead(longest_number);
    if (!runs_) count += buffered_numbers(values.subspan(count));
    if (count == values.size() || !number(values[count])) break;
    ++count;
  }
  return count;
}

template <class Number>
std::size_t CsvScanner::buffered_numbers(std::span<Number> values) {
  const char* const limit = buffer_.data() + end_;
  const char* at = buffer_.data() + cursor_;
  constexpr std::ptrdiff_t reach = Separators::reach + short_number_reach;
  Separators separators(at, limit - at > reach ? limit - reach : at);
  std::size_t count = 0;
  while (count < values.size()) {
    const char* end = separators.next();
    if (end == nullptr) break;
    if (!short_integer(at, end, values[count])) {
      const char* const rest = any_number(at, limit, values[count]);
      if (rest == nullptr) break;
      if (rest != end) separators.move_to(rest);
      end = rest;
    }
    if (*end != delimiter_) break;
    ++count;
    at = end + 1;
  }
  field_line_ = line_;
  field_ += static_cast<std::int64_t>(count);
  cursor_ = static_cast<std::size_t>(at - buffer_.data());
  return count;
}

/// Returns what follows the number at `at`, null where there is no finite one before `limit`.
template <class Number>
inline const char* CsvScanner::any_number(const char* at, const char* limit, Number& value) const {
  if (limit - at > short_number_reach) {
    const char* const rest = short_number(at, value);
    if (rest != nullptr && (*rest == delimiter_ || is_line_end(*rest))) return rest;
  }
  const auto [end, error] = std::from_chars(at, limit, value);
  constexpr Number largest = std::numeric_limits<float>::max();
  return error == std::errc{} && end != limit && std::abs(value) <= largest ? end : nullptr;
}

/// Any finite number without blanks or quotes around it.
template <class Number>
bool CsvScanner::number(Number& value) {
  Number found = 0;
  const char* const begin = buffer_.data() + cursor_;
  const char* const end = any_number(begin, buffer_.data() + end_, found);
  if (end == nullptr || (*end != delimiter_ && !is_line_end(*end))) return false;
  value = found;
  field_line_ = line_;
  ++field_;
  cursor_ += static_cast<std::size_t>(end - begin);
  end_field();
  return true;
}

template std::size_t CsvScanner::leading_numbers(std::span<float> values);
template std::size_t CsvScanner::leading_numbers(std::span<double> values);

std::string_view CsvScanner::text() {
  ++field_;
  skip_blanks();
  field_line_ = line_;
  look_ahead(1);
  return cursor_ < end_ && buffer_[cursor_] == '"' ? quoted_text() : plain_text();
}

std::string_view CsvScanner::plain_text() {
  std::size_t length = 0;
  for (;; ++length) {
    look_ahead(length + 1);
    if (cursor_ + length == end_) break;
    const char character = buffer_[cursor_ + length];
    if (character == delimiter_ || is_line_end(character) || (runs_ && character == '\t')) break;
    if (character == '"') fail("a quote within an unquoted field; a field with quotes has to be quoted, with each quote doubled");
    if (character == '\0') fail("a NUL byte; expected text");
    if (length == longest_field) fail("a field of more than 1 MiB");
  }
  std::size_t trimmed = length;
  while (trimmed > 0 && is_blank(buffer_[cursor_ + trimmed - 1])) --trimmed;
  // end_field() may move the buffer.
  unescaped_.assign(buffer_.data() + cursor_, trimmed);
  cursor_ += length;
  end_field();
  return unescaped_;
}

std::string_view CsvScanner::quoted_text() {
  unescaped_.clear();
  for (++cursor_;; ++cursor_) {
    look_ahead(2);
    if (cursor_ == end_) fail("a quoted field that is never closed");
    const char character = buffer_[cursor_];
    const char following = cursor_ + 1 < end_ ? buffer_[cursor_ + 1] : '\0';
    if (character == '\0') fail("a NUL byte; expected text");
    if (character == '"') {
      if (following != '"') break;
      ++cursor_;
    }
    if (character == '\n' || (character == '\r' && following != '\n')) ++line_;
    if (unescaped_.size() == longest_field) fail("a quoted field of more than 1 MiB; is its quote ever closed?");
    unescaped_ += character;
  }
  ++cursor_;
  skip_blanks();
  const bool after_run = runs_ && (buffer_[cursor_ - 1] == ' ' || buffer_[cursor_ - 1] == '\t');
  if (cursor_ < end_ && buffer_[cursor_] != delimiter_ && !is_line_end(buffer_[cursor_]) && !after_run) {
    fail("text after the closing quote; a quote within a quoted field has to be doubled");
  }
  end_field();
  return unescaped_;
}

}  // namespace treino::readers
