// The floating-point mode of this thread: rounding, flushing of denormals, trapping. A plugin has to leave it alone, since
// everyone's results depend on it; the host looks before and after each call. Cheap enough for that: a read and a compare.
#pragma once
#include <cstdint>
#include <string>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace treino::host {

struct FloatingPointMode {
  std::uint64_t vector = 0;  // MXCSR's control bits, or FPCR
  std::uint16_t x87 = 0;
  bool operator==(const FloatingPointMode&) const = default;
};

#if defined(__x86_64__)
/// The vector unit's part alone, which is what nearly all arithmetic obeys, and the other.
inline std::uint64_t vector_mode() { return _mm_getcsr() & 0xffc0; }
inline std::uint16_t x87_mode() {
  std::uint16_t mode;
  __asm__ volatile("fnstcw %0" : "=m"(mode));
  return mode;
}
inline FloatingPointMode floating_point_mode() { return {vector_mode(), x87_mode()}; }
inline void set_floating_point_mode(const FloatingPointMode& mode) {
  _mm_setcsr(static_cast<unsigned>(mode.vector));
  __asm__ volatile("fldcw %0" : : "m"(mode.x87));
}
#elif defined(__aarch64__)
inline FloatingPointMode floating_point_mode() {
  FloatingPointMode mode;
  __asm__ volatile("mrs %0, fpcr" : "=r"(mode.vector));
  return mode;
}
inline std::uint64_t vector_mode() { return floating_point_mode().vector; }
inline std::uint16_t x87_mode() { return 0; }
inline void set_floating_point_mode(const FloatingPointMode& mode) { __asm__ volatile("msr fpcr, %0" : : "r"(mode.vector)); }
#else
inline FloatingPointMode floating_point_mode() { return {}; }
inline std::uint64_t vector_mode() { return 0; }
inline std::uint16_t x87_mode() { return 0; }
inline void set_floating_point_mode(const FloatingPointMode&) {}
#endif

/// What differs, in words: "subnormal numbers are flushed to zero, rounding or precision".
std::string difference(const FloatingPointMode& before, const FloatingPointMode& after);

/// Puts the mode back when it goes out of scope, or earlier, by restore().
class FloatingPointGuard {
 public:
  FloatingPointGuard() : before_(floating_point_mode()) {}
  FloatingPointGuard(const FloatingPointGuard&) = delete;
  FloatingPointGuard& operator=(const FloatingPointGuard&) = delete;
  ~FloatingPointGuard() { restore(); }
  /// True where the mode had changed.
  bool restore() {
    if (floating_point_mode() == before_) [[likely]]
      return false;
    set_floating_point_mode(before_);
    return true;
  }
  const FloatingPointMode& before() const { return before_; }

 private:
  FloatingPointMode before_;
};

}  // namespace treino::host
