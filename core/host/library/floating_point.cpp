// Names the bits of the control registers in words that a user can act on.
#include "host/library/floating_point.hpp"

namespace treino::host {
namespace {

#if defined(__x86_64__)
constexpr std::uint64_t flush_bits = 0x8040, rounding_bits = 0x6000, trap_bits = 0x1f80;
constexpr unsigned x87_traps = 0x003f;
#elif defined(__aarch64__)
constexpr std::uint64_t flush_bits = 0x1000000, rounding_bits = 0xc00000, trap_bits = 0x9f00;
constexpr unsigned x87_traps = 0;
#else
constexpr std::uint64_t flush_bits = 0, rounding_bits = 0, trap_bits = 0;
constexpr unsigned x87_traps = 0;
#endif

void add(std::string& text, const char* part) {
  if (!text.empty()) text += ", ";
  text += part;
}

}  // namespace

std::string difference(const FloatingPointMode& before, const FloatingPointMode& after) {
  const std::uint64_t changed = before.vector ^ after.vector;
  const unsigned x87_changed = static_cast<unsigned>(before.x87 ^ after.x87);
  std::string text;
  if ((changed & flush_bits) != 0) add(text, "subnormal numbers are flushed to zero, as by -ffast-math");
  if ((changed & rounding_bits) != 0 || (x87_changed & ~x87_traps) != 0) add(text, "rounding or precision");
  if ((changed & trap_bits) != 0 || (x87_changed & x87_traps) != 0) add(text, "trapping of exceptions");
  return text;
}

}  // namespace treino::host
