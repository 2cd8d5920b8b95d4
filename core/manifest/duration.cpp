// A number and a unit, with a space between them or none.
#include "manifest/duration.hpp"

#include <charconv>
#include <cmath>

namespace treino::manifest {

std::optional<double> seconds_of(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  const double unit = text == "s" ? 1 : text == "min" ? 60 : text == "h" ? 3600 : text == "d" ? 86400 : 0;
  const double seconds = number * unit;
  if (!std::isfinite(seconds) || !(seconds > 0)) return std::nullopt;
  return seconds;
}

}  // namespace treino::manifest
