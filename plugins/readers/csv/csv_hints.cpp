// The mistakes that users make most: another delimiter, decimal commas, words for missing values, comments.
#include "csv_hints.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "number.hpp"
#include "shared/readers/message.hpp"

namespace treino::readers {

namespace {

bool is_number(std::string_view text) {
  double ignored = 0.0;
  return parse_number(text, ignored) == NumberError::none;
}

/// "1,5", which a German or French program means as 1.5.
bool has_decimal_comma(std::string_view text) {
  const std::size_t comma = text.find(',');
  if (comma == std::string_view::npos || comma == 0 || comma + 1 == text.size()) return false;
  std::string with_point(text);
  with_point[comma] = '.';
  return is_number(with_point);
}

/// Blanks separate where all between them are numbers: texts hold blanks of their own.
bool are_numbers_with_blanks(std::string_view text) {
  std::size_t parts = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (end > 0 && !is_number(text.substr(0, end))) return false;
    parts += end > 0 ? 1 : 0;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts > 1;
}

/// What programs write where they have no value, and what is not a marker by default.
bool is_spelled_missing(std::string_view text) {
  std::string lower(text);
  const auto lowered = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  std::transform(lower.begin(), lower.end(), lower.begin(), lowered);
  static constexpr std::string_view known[] = {"null", "none", "n/a", "#n/a", "na", "nan", "nil", "missing", "unknown"};
  return std::find(std::begin(known), std::end(known), lower) != std::end(known);
}

/// Letters alone: what has a digit in it is rather a number that was written wrong.
bool is_word(std::string_view text) {
  constexpr std::size_t longest = 40;
  const auto is_letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == ' ' || c == '_'; };
  return !text.empty() && text[0] != ' ' && text.size() <= longest && std::all_of(text.begin(), text.end(), is_letter);
}

}  // namespace

std::string missing_hint(std::string_view word) {
  if (!is_word(word) && !is_spelled_missing(word)) return "";
  return fmt::format("; if it stands for a missing value, set missing_markers = [{}]", in_quotes(word));
}

std::string word_hint(std::string_view word, bool first_row, bool has_target) {
  if (is_spelled_missing(word) || !is_word(word)) return missing_hint(word);
  const std::string out =
      std::string("name the columns that are features with features = [...]") + (has_target ? "" : ", or this one with target");
  return first_row ? "; a column of words is no feature: " + out : missing_hint(word) + "; if the column holds words, " + out;
}

std::string in_manifest(char delimiter) { return delimiter == '\t' ? "\"\\t\"" : fmt::format("\"{}\"", delimiter); }

std::string field_hint(std::string_view field, char delimiter) {
  constexpr std::string_view comma = "; numbers are written with a point: replace decimal commas, there is no key for them";
  if (field.starts_with('#'))
    return "; is this a comment? Remove it, or, if comments are the first lines, set skip_lines to their number";
  if (delimiter != ',' && has_decimal_comma(field)) return std::string(comma);
  for (const char other : {';', '\t', '|', ',', ' '}) {
    const bool fits = other == ' ' ? are_numbers_with_blanks(field) : field.find(other) != std::string_view::npos;
    if (other == delimiter || !fits) continue;
    const std::string what = other == '\t' ? "a tab" : other == ' ' ? "a blank" : in_quotes(std::string_view(&other, 1));
    return fmt::format("; is {} the delimiter? Then set delimiter = {}", what, in_manifest(other));
  }
  return has_decimal_comma(field) ? std::string(comma) : "";
}

}  // namespace treino::readers
