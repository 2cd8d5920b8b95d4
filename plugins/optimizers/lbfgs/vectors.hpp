// The vectors of L-BFGS: all parameters that learn, one after the other. Sums are in double and in one order.
#pragma once
#include <cstdint>
#include <treino/optimizer.hpp>
#include <vector>

namespace treino::lbfgs {

/// The places of the arrays in an optimizer's state.
struct Places {
  static constexpr int last_step = 0, last_gradient = 1;
  static int step(int pair) { return 2 + 2 * pair; }
  static int change(int pair) { return 3 + 2 * pair; }
};

/// The model of one step, as vectors. Those of number 0 of the pairs are the newest.
class Vectors {
 public:
  explicit Vectors(Closure& closure) : closure_(closure) {}

  /// loop(i, parameter) for each element i of each parameter, counted from `offset` = 0 over all of them.
  template <class Loop>
  void each(Loop loop) const {
    std::int64_t offset = 0;
    for (std::size_t i = 0; i < closure_.size(); ++i) {
      const ParameterStep parameter = closure_.parameter(i);
      loop(parameter, offset);
      offset += parameter.size();
    }
  }
  /// The sum of a(parameter)[i] * b(parameter)[i].
  template <class A, class B>
  double dot(A a, B b) const {
    double sum = 0;
    each([&](const ParameterStep& parameter, std::int64_t offset) {
      const auto left = a(parameter, offset);
      const auto right = b(parameter, offset);
      for (std::int64_t i = 0; i < parameter.size(); ++i) sum += static_cast<double>(left[i]) * static_cast<double>(right[i]);
    });
    return sum;
  }
  double largest_gradient() const;
  double sum_of_gradients() const;  // of their absolute values

 private:
  Closure& closure_;
};

inline auto state_of(int place) {
  return [place](const ParameterStep& parameter, std::int64_t) { return parameter.state(place).data(); };
}
inline auto gradients() {
  return [](const ParameterStep& parameter, std::int64_t) { return parameter.gradient().data(); };
}
inline auto values_of(const std::vector<float>& vector) {
  return [&vector](const ParameterStep&, std::int64_t offset) { return vector.data() + offset; };
}

}  // namespace treino::lbfgs
