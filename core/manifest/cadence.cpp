// A number and what it counts; times are those of duration.hpp.
#include "manifest/cadence.hpp"

#include <algorithm>
#include <charconv>
#include <vector>

#include "manifest/duration.hpp"
#include "manifest/suggestion.hpp"

namespace treino::manifest {

namespace {

/// What stands after the number and at most one space.
std::string_view unit_in(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of("0123456789."), text.size()));
  if (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  return text;
}

}  // namespace

std::optional<Cadence> cadence_of(std::string_view text) {
  if (const std::optional<double> seconds = seconds_of(text)) return Cadence{Cadence::Unit::time, 0, *seconds};
  std::uint64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  const std::string_view unit = unit_in(text);
  if (error != std::errc() || count == 0 || std::string_view(end, unit.data()).find_first_not_of(' ') != text.npos)
    return std::nullopt;
  if (unit == "step" || unit == "steps") return Cadence{Cadence::Unit::step, count, 0};
  if (unit == "epoch" || unit == "epochs") return Cadence{Cadence::Unit::epoch, count, 0};
  return std::nullopt;
}

std::string cadence_fault(std::string_view text, const std::string& got, bool with_time) {
  const std::string_view unit = unit_in(text);
  const bool is_unit =
      unit == "step" || unit == "steps" || unit == "epoch" || unit == "epochs" || seconds_of("1 " + std::string(unit));
  std::vector<std::string> units = {"steps", "epochs"};
  if (with_time) units.insert(units.end(), {"s", "min", "h", "d"});
  const std::string near = is_unit ? "" : suggestion(unit, units);
  return std::string("expected ") + (with_time ? "\"500 steps\", \"2 epochs\" or \"10 min\"" : "\"100 steps\" or \"2 epochs\"") +
         ", got " + got + (near.empty() ? "" : "." + near);
}

}  // namespace treino::manifest
