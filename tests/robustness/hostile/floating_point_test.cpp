// The guard around calls of plugins: what they do to the floating-point mode is noticed and undone.
#include "host/library/floating_point.hpp"

#include <cfenv>

#include "support/catch.hpp"

using namespace treino::host;

TEST_CASE("the guard sees and undoes another rounding") {
  const FloatingPointMode before = floating_point_mode();
  FloatingPointGuard guard;
  std::fesetround(FE_UPWARD);
  CHECK(difference(before, floating_point_mode()) == "rounding or precision");
  CHECK(guard.restore());
  CHECK(floating_point_mode() == before);
  CHECK(std::fegetround() == FE_TONEAREST);
  CHECK_FALSE(guard.restore());
}

TEST_CASE("the guard undoes it too when its scope is left") {
  const FloatingPointMode before = floating_point_mode();
  {
    const FloatingPointGuard guard;
    std::fesetround(FE_TOWARDZERO);
  }
  CHECK(floating_point_mode() == before);
}

TEST_CASE("inexact results, which only leave a flag, are not a change of mode") {
  const FloatingPointMode before = floating_point_mode();
  volatile double third = 1.0;
  third = third / 3.0;
  CHECK(difference(before, floating_point_mode()).empty());
}

#if defined(__x86_64__)
TEST_CASE("flushing and trapping are named") {
  FloatingPointMode flushing, trapping;
  flushing.vector = 0x8040;
  trapping.x87 = 0x3f;
  CHECK(difference({}, flushing) == "subnormal numbers are flushed to zero, as by -ffast-math");
  CHECK(difference({}, trapping) == "trapping of exceptions");
}
#endif
