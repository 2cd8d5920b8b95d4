// A parameter that does not lie in the CPU's memory, as a loop of your own gives it.
#pragma once
#include <treino/library/loop.h>

#include <cstdint>
#include <exception>
#include <functional>
#include <utility>

namespace treino {

/// Copies a parameter's float32 values, and its gradient, to the CPU's memory and from it. Called only where a checkpoint, an
/// average or a callback looks at the parameter or has changed it. Without the functions of the gradient it does not learn.
struct Copies {
  std::function<void(float* to)> out;
  std::function<void(const float* from)> in;
  std::function<void(float* to)> gradient_out = {};
  std::function<void(const float* from)> gradient_in = {};
};

namespace library_detail {

/// Keeps what functions of the program throw on its way through the C functions.
struct Guard {
  std::exception_ptr thrown;

  template <class Function>
  std::int32_t call(Function&& function) {
    try {
      function();
      return 0;
    } catch (...) {
      thrown = std::current_exception();
      return 1;
    }
  }
  void rethrow() {
    if (thrown) std::rethrow_exception(std::exchange(thrown, nullptr));
  }
};

struct GuardedCopies {
  Copies copies;
  Guard& guard;
};

/// A function pointer for one of the functions, or null where there is none.
template <class Pointer, std::function<void(Pointer)> Copies::*Member>
auto copying(const GuardedCopies& given) -> std::int32_t (*)(void*, Pointer) {
  if (!(given.copies.*Member)) return nullptr;
  return [](void* context, Pointer memory) -> std::int32_t {
    auto& own = *static_cast<GuardedCopies*>(context);
    return own.guard.call([&] { (own.copies.*Member)(memory); });
  };
}

/// `given` lives as long as the loop.
inline treino_loop_parameter to_c(GuardedCopies& given) {
  treino_loop_parameter parameter{};
  parameter.context = &given;
  parameter.copy_out = copying<float*, &Copies::out>(given);
  parameter.copy_in = copying<const float*, &Copies::in>(given);
  parameter.copy_gradient_out = copying<float*, &Copies::gradient_out>(given);
  parameter.copy_gradient_in = copying<const float*, &Copies::gradient_in>(given);
  return parameter;
}

}  // namespace library_detail

}  // namespace treino
