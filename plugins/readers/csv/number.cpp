// std::from_chars, and the cases it does not tell apart: too large, too small, not finite.
#include "number.hpp"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <system_error>

#include "shared/readers/message.hpp"

namespace treino::readers {

namespace {

bool is_digit(char character) { return character >= '0' && character <= '9'; }

/// from_chars calls 1e400 and 1e-400 alike out of range; the first digit that is not zero and the exponent tell them apart.
bool is_tiny(std::string_view text) {
  constexpr std::int64_t far = std::int64_t{1} << 40;
  std::int64_t magnitude = 0;  // of the first digit that is not zero: 0 for units, -1 for tenths
  bool behind_point = false, found = false;
  std::size_t i = 0;
  for (; i < text.size() && (text[i] | 0x20) != 'e'; ++i) {
    if (text[i] == '.') behind_point = true;
    if (!is_digit(text[i])) continue;
    if (!found && behind_point) --magnitude;
    if (found && !behind_point) ++magnitude;
    found = found || text[i] != '0';
  }
  std::int64_t exponent = 0;
  const bool negative = i + 1 < text.size() && text[i + 1] == '-';
  for (++i; i < text.size(); ++i) {
    if (is_digit(text[i]) && exponent < far) exponent = exponent * 10 + (text[i] - '0');
  }
  return magnitude + (negative ? -exponent : exponent) < 0;
}

}  // namespace

NumberError parse_number(std::string_view text, double& value) {
  if (text.size() > 1 && text[0] == '+' && (is_digit(text[1]) || text[1] == '.')) text.remove_prefix(1);
  double parsed = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), parsed);
  if (error == std::errc::invalid_argument || end != text.data() + text.size()) return NumberError::not_a_number;
  if (error == std::errc::result_out_of_range) {
    if (!is_tiny(text)) return NumberError::too_large;
    parsed = text[0] == '-' ? -0.0 : 0.0;
  }
  if (!std::isfinite(parsed)) return NumberError::not_finite;
  if (std::abs(parsed) > std::numeric_limits<float>::max()) return NumberError::too_large;
  value = parsed;
  return NumberError::none;
}

NumberError parse_number(std::string_view text, float& value) {
  if (text.size() > 1 && text[0] == '+' && (is_digit(text[1]) || text[1] == '.')) text.remove_prefix(1);
  float parsed = 0.0f;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), parsed);
  if (error == std::errc{} && end == text.data() + text.size() && std::isfinite(parsed)) {
    value = parsed;
    return NumberError::none;
  }
  double wide = 0.0;
  const NumberError fault = parse_number(text, wide);
  if (fault == NumberError::none) value = static_cast<float>(wide);
  return fault;
}

std::string describe(NumberError fault, std::string_view text) {
  switch (fault) {
    case NumberError::none:
      break;
    case NumberError::not_a_number:
      return "expected a number, found " + in_quotes(text);
    case NumberError::not_finite:
      return "expected a finite number, found " + in_quotes(text);
    case NumberError::too_large:
      return "expected a number within the range of 32-bit floats, found " + in_quotes(text);
  }
  return "";
}

}  // namespace treino::readers
