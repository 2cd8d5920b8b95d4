// Every NaN is "nan": x86 gives inf - inf a sign.
#include "base/figures.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace treino::base {

std::string grouped(std::int64_t number) {
  std::string digits = std::to_string(number);
  for (std::ptrdiff_t at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > (number < 0 ? 1 : 0); at -= 3)
    digits.insert(static_cast<std::size_t>(at), ",");
  return digits;
}

std::string brief(double number) {
  if (std::isnan(number)) return "nan";
  const double size = std::abs(number);
  if (size >= 1e-3 && size < 1e5) return fmt::format("{:.4f}", number);
  return fmt::format("{:.4g}", number);
}

std::string exact(double number) {
  if (std::isnan(number)) return "nan";
  char text[64];
  const auto end = std::to_chars(text, text + sizeof text, number).ptr;
  return {text, end};
}

}  // namespace treino::base
