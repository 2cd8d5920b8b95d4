// Text for people and files: numbers in every locale alike, the name that was probably meant, markup. The standard library alone.
//
//   std::string row(const std::string& class_name, double share, std::uint64_t samples) {
//     return "<td>" + treino::escaped(class_name) + "</td><td>" + treino::fixed_text(share, 3) + "</td><td>" +  // a &amp; b, 0.500
//            treino::grouped(samples) + "</td>";                                                                // 1,234,567
//   }
//   const std::string meant = treino::nearest_name("acuracy", {"loss", "accuracy"});  // accuracy
//   const std::string message = "best " + treino::short_text(0.1234567);              // best 0.123457
#pragma once
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

namespace treino {
inline namespace sdk0 {

/// Digits as std::to_chars writes them in a format: at most 309 before the point, and `digits`. NaN is "nan".
inline std::string number_text(double value, std::chars_format format, int digits) {
  if (std::isnan(value)) return "nan";
  char text[512];
  return std::string(text, std::to_chars(text, text + sizeof text, value, format, digits).ptr);
}

/// For messages: at most six digits. "0.123457", "1e-07", "nan".
inline std::string short_text(double value) { return number_text(value, std::chars_format::general, 6); }

/// For files: the fewest digits that read back as the same number. "0.1", "1e-07", "nan", "-inf".
inline std::string exact_text(double value) {
  if (std::isnan(value)) return "nan";
  char text[32];
  return std::string(text, std::to_chars(text, text + sizeof text, value).ptr);
}

/// With so many digits after the point: "0.500", "nan".
inline std::string fixed_text(double value, int digits) { return number_text(value, std::chars_format::fixed, digits); }

/// An integer in groups of three digits, from 0 up: "1,234,567".
template <class Integer>
std::string grouped(Integer value) {
  std::string text = std::to_string(value);
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
  return text;
}

/// For HTML, XML and SVG: markup is escaped, control characters, which XML does not allow, become spaces.
inline std::string escaped(const std::string& text) {
  std::string result;
  for (const char letter : text) {
    if (letter == '&')
      result += "&amp;";
    else if (letter == '<')
      result += "&lt;";
    else if (letter == '>')
      result += "&gt;";
    else if (letter == '"')
      result += "&quot;";
    else
      result += static_cast<unsigned char>(letter) < 0x20 ? ' ' : letter;
  }
  return result;
}

/// Returns the one of `names` that takes the fewest insertions, deletions and replacements to become `wanted` (V. I. Levenshtein's
/// distance), the first of equally near ones; "" where there are none.
inline std::string nearest_name(const std::string& wanted, const std::vector<std::string>& names) {
  std::string best;
  std::size_t fewest = static_cast<std::size_t>(-1);
  for (const std::string& name : names) {
    std::vector<std::size_t> row(name.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= wanted.size(); ++i) {
      std::size_t diagonal = row[0]++;
      for (std::size_t j = 1; j <= name.size(); ++j) {
        const std::size_t replaced = diagonal + (wanted[i - 1] == name[j - 1] ? 0 : 1);
        diagonal = row[j];
        row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
      }
    }
    if (row.back() < fewest) fewest = row.back(), best = name;
  }
  return best;
}

}  // namespace sdk0
}  // namespace treino
