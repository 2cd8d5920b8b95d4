// A callback that leaves the thread rounding upwards and, where that can be had, flushing subnormal numbers to zero.
#include <cfenv>
#if defined(__SSE__)
#include <xmmintrin.h>
#endif
#include <treino/callback.hpp>

namespace {

class FloatingPointVandal final : public treino::Callback {
 public:
  void on_batch_begin(const treino::Event&) override {
    std::fesetround(FE_UPWARD);
#if defined(__SSE__)
    _mm_setcsr(_mm_getcsr() | 0x8040);
#endif
  }
};

}  // namespace

TREINO_PLUGIN(FloatingPointVandal, R"toml(
kind = "callback"
id = "fp_vandal"
version = "1.0.0"
summary = "changes the floating-point mode"
phase = "mutate"
events = ["batch_begin"]
)toml")
