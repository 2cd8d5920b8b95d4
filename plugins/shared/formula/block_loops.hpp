// The operations of a formula over a block of elements, and their derivatives, as loops that become vectors where they can.
#pragma once
#include <cmath>
#include <cstdint>
#include <limits>
#include <treino/kit/fast_math.hpp>

#include "shared/formula/program.hpp"

namespace treino {
namespace formula {

/// e^x; 0 and infinite a little before a double would be.
TREINO_ALWAYS_INLINE inline double exponential(double x) {
  return fast::select(x < -708.0, 0.0, fast::select(x > 709.0, std::numeric_limits<double>::infinity(), fast::exp(x)));
}
/// Natural logarithm of any number.
TREINO_ALWAYS_INLINE inline double logarithm(double x) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const bool tiny = x < std::numeric_limits<double>::min();  // subnormal, for example
  const double log = fast::log(fast::select(tiny, x * 0x1p54, x)) - fast::select(tiny, 54 * 0x1.62e42fefa39efp-1, 0.0);
  const double edge =
      fast::select(x == 0, -infinity, fast::select(x == infinity, infinity, std::numeric_limits<double>::quiet_NaN()));
  return fast::select((x > 0) & (x < infinity), log, edge);
}
/// NaN where one of them is.
TREINO_ALWAYS_INLINE inline double smaller(double a, double b) { return fast::select((a < b) | (a != a), a, b); }
TREINO_ALWAYS_INLINE inline double larger(double a, double b) { return fast::select((a > b) | (a != a), a, b); }

/// What of a gradient reaches a, where the smaller of a and b was taken: of equal ones each has half, so that max(a, 0) has the mean
/// of its two sides at 0.
TREINO_ALWAYS_INLINE inline double before(double a, double b, double gradient) {
  return fast::select(a < b, gradient, fast::select(a == b, gradient / 2, 0.0));
}

/// What reaches an operand: where nothing reaches the result, nothing does, even if the derivative is infinite or NaN there, as in
/// the branch of where() that was not chosen.
TREINO_ALWAYS_INLINE inline double chained(double gradient, double derivative) {
  return fast::select(gradient == 0, 0.0, gradient * derivative);
}

template <class Term>
TREINO_ALWAYS_INLINE inline void set_each(std::int64_t count, double* TREINO_RESTRICT to, const Term& term) {
#pragma GCC unroll 4
  for (std::int64_t i = 0; i < count; ++i) to[i] = term(i);
}
template <class Term>
TREINO_ALWAYS_INLINE inline void chain_each(Chain chain, std::int64_t count, double* TREINO_RESTRICT to, const Term& term) {
  if (chain == Chain::set) {
#pragma GCC unroll 4
    for (std::int64_t i = 0; i < count; ++i) to[i] = term(i);
  } else {
#pragma GCC unroll 4
    for (std::int64_t i = 0; i < count; ++i) to[i] += term(i);
  }
}

#define TREINO_FORMULA_TERM [=](std::int64_t i) TREINO_ALWAYS_INLINE

/// to = op(a, b, c). Operands are not read where the operation has none; `to` is none of them.
TREINO_ALWAYS_INLINE inline void apply(Op op, std::int64_t count, double* to, const double* a, const double* b, const double* c) {
  switch (op) {
    case Op::add:
      return set_each(
          count, to, TREINO_FORMULA_TERM { return a[i] + b[i]; });
    case Op::subtract:
      return set_each(
          count, to, TREINO_FORMULA_TERM { return a[i] - b[i]; });
    case Op::multiply:
      return set_each(
          count, to, TREINO_FORMULA_TERM { return a[i] * b[i]; });
    case Op::divide:
      return set_each(
          count, to, TREINO_FORMULA_TERM { return a[i] / b[i]; });
    case Op::absolute:
      return set_each(
          count, to, TREINO_FORMULA_TERM { return std::abs(a[i]); });
    case Op::exponential:
      return set_each(
          count, to, TREINO_FORMULA_TERM { return exponential(a[i]); });
    case Op::logarithm:
      return set_each(
          count, to, TREINO_FORMULA_TERM { return logarithm(a[i]); });
    case Op::root:
      return set_each(
          count, to, TREINO_FORMULA_TERM { return std::sqrt(a[i]); });
    case Op::square:
      return set_each(
          count, to, TREINO_FORMULA_TERM { return a[i] * a[i]; });
    case Op::square_of_difference:
      return set_each(
          count, to, TREINO_FORMULA_TERM { return (a[i] - b[i]) * (a[i] - b[i]); });
    case Op::power:
      return set_each(
          count, to, TREINO_FORMULA_TERM { return std::pow(a[i], b[i]); });
    case Op::smaller:
      return set_each(
          count, to, TREINO_FORMULA_TERM { return smaller(a[i], b[i]); });
    case Op::larger:
      return set_each(
          count, to, TREINO_FORMULA_TERM { return larger(a[i], b[i]); });
    case Op::less:
      return set_each(
          count, to, TREINO_FORMULA_TERM { return fast::select(a[i] < b[i], 1.0, 0.0); });
    case Op::less_or_equal:
      return set_each(
          count, to, TREINO_FORMULA_TERM { return fast::select(a[i] <= b[i], 1.0, 0.0); });
    case Op::equal:
      return set_each(
          count, to, TREINO_FORMULA_TERM { return fast::select(a[i] == b[i], 1.0, 0.0); });
    case Op::choose:
      return set_each(
          count, to, TREINO_FORMULA_TERM { return fast::select(a[i] != 0, b[i], c[i]); });
    default:
      return;
  }
}

/// What an operation has read and given, and what reaches its result.
struct Applied {
  Op op;
  const double *a, *b, *to, *gradient;
};

/// What reaches the first operand.
TREINO_ALWAYS_INLINE inline void chain_first(const Applied& done, Chain chain, std::int64_t count, double* of_a) {
  const double *a = done.a, *b = done.b, *to = done.to, *g = done.gradient;
  switch (done.op) {
    case Op::add:
    case Op::subtract:
      return chain_each(
          chain, count, of_a, TREINO_FORMULA_TERM { return g[i]; });
    case Op::multiply:
      return chain_each(
          chain, count, of_a, TREINO_FORMULA_TERM { return chained(g[i], b[i]); });
    case Op::divide:
      return chain_each(
          chain, count, of_a, TREINO_FORMULA_TERM { return chained(g[i], 1 / b[i]); });
    case Op::absolute:
      return chain_each(
          chain, count, of_a, TREINO_FORMULA_TERM { return g[i] * fast::sign(a[i]); });
    case Op::exponential:
      return chain_each(
          chain, count, of_a, TREINO_FORMULA_TERM { return chained(g[i], to[i]); });
    case Op::logarithm:
      return chain_each(
          chain, count, of_a, TREINO_FORMULA_TERM { return chained(g[i], 1 / a[i]); });
    case Op::root:
      return chain_each(
          chain, count, of_a, TREINO_FORMULA_TERM { return chained(g[i], 0.5 / to[i]); });
    case Op::square:
      return chain_each(
          chain, count, of_a, TREINO_FORMULA_TERM { return chained(g[i], 2 * a[i]); });
    case Op::square_of_difference:
      return chain_each(
          chain, count, of_a, TREINO_FORMULA_TERM { return chained(g[i], 2 * (a[i] - b[i])); });
    case Op::power:
      return chain_each(
          chain, count, of_a, TREINO_FORMULA_TERM { return chained(g[i], b[i] == 0 ? 0 : b[i] * std::pow(a[i], b[i] - 1)); });
    case Op::smaller:
      return chain_each(
          chain, count, of_a, TREINO_FORMULA_TERM { return before(a[i], b[i], g[i]); });
    case Op::larger:
      return chain_each(
          chain, count, of_a, TREINO_FORMULA_TERM { return before(b[i], a[i], g[i]); });
    default:
      return;
  }
}
/// The same of the second.
TREINO_ALWAYS_INLINE inline void chain_second(const Applied& done, Chain chain, std::int64_t count, double* of_b) {
  const double *a = done.a, *b = done.b, *to = done.to, *g = done.gradient;
  switch (done.op) {
    case Op::add:
      return chain_each(
          chain, count, of_b, TREINO_FORMULA_TERM { return g[i]; });
    case Op::subtract:
      return chain_each(
          chain, count, of_b, TREINO_FORMULA_TERM { return -g[i]; });
    case Op::multiply:
      return chain_each(
          chain, count, of_b, TREINO_FORMULA_TERM { return chained(g[i], a[i]); });
    case Op::divide:
      return chain_each(
          chain, count, of_b, TREINO_FORMULA_TERM { return chained(g[i], -to[i] / b[i]); });
    case Op::square_of_difference:
      return chain_each(
          chain, count, of_b, TREINO_FORMULA_TERM { return chained(g[i], 2 * (b[i] - a[i])); });
    case Op::power:
      return chain_each(
          chain, count, of_b, TREINO_FORMULA_TERM { return chained(g[i], to[i] == 0 ? 0 : to[i] * std::log(a[i])); });
    case Op::smaller:
      return chain_each(
          chain, count, of_b, TREINO_FORMULA_TERM { return before(b[i], a[i], g[i]); });
    case Op::larger:
      return chain_each(
          chain, count, of_b, TREINO_FORMULA_TERM { return before(a[i], b[i], g[i]); });
    case Op::choose:
      return chain_each(
          chain, count, of_b, TREINO_FORMULA_TERM { return fast::select(a[i] != 0, g[i], 0.0); });
    default:
      return;
  }
}
/// The same of the third, which only choose has.
TREINO_ALWAYS_INLINE inline void chain_third(const Applied& done, Chain chain, std::int64_t count, double* of_c) {
  const double *a = done.a, *g = done.gradient;
  chain_each(
      chain, count, of_c, TREINO_FORMULA_TERM { return fast::select(a[i] != 0, 0.0, g[i]); });
}

/// Of both branches of choose, where each is the first to be reached: one loop for two.
TREINO_ALWAYS_INLINE inline void chain_branches(const Applied& done, std::int64_t count, double* TREINO_RESTRICT of_b,
                                                double* TREINO_RESTRICT of_c) {
  const double *a = done.a, *g = done.gradient;
#pragma GCC unroll 4
  for (std::int64_t i = 0; i < count; ++i) {
    of_b[i] = fast::select(a[i] != 0, g[i], 0.0);
    of_c[i] = fast::select(a[i] != 0, 0.0, g[i]);
  }
}

#undef TREINO_FORMULA_TERM

}  // namespace formula
}  // namespace treino
