// How often something happens, as people write it: "500 steps", "2 epochs", "10 min".
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace treino::manifest {

struct Cadence {
  enum class Unit { step, epoch, time };
  Unit unit = Unit::epoch;
  std::uint64_t count = 1;  // of steps or epochs; > 0
  double seconds = 0;       // of time; > 0
  bool operator==(const Cadence&) const = default;
};

/// Nothing where the text is none.
std::optional<Cadence> cadence_of(std::string_view text);
/// "expected "500 steps", "2 epochs" or "10 min", got ...", with the nearest unit; `got` as describe() has it. `with_time`: whether it may
/// be a time.
std::string cadence_fault(std::string_view text, const std::string& got, bool with_time = true);

}  // namespace treino::manifest
