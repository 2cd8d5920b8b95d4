// Equal operations on equal operands are one node, and operations on numbers are numbers.
#include "shared/formula/graph.hpp"

#include <cmath>
#include <cstring>

namespace treino {
namespace formula {

int Graph::place(Node node) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, &node.number, sizeof bits);
  const Key key{node.op, node.a, node.b, node.c, bits, node.shape.samples, node.shape.outputs};
  const auto [at, added] = places_.try_emplace(key, static_cast<int>(nodes_.size()));
  if (added) nodes_.push_back(node);
  return at->second;
}

int Graph::apply(Op op, int a, int b, int c) {
  if (is_number(a) && is_number(b) && is_number(c)) return number(value_of(op, number_of(a), number_of(b), number_of(c)));
  if (op == Op::square && (*this)[a].op == Op::subtract) return apply(Op::square_of_difference, (*this)[a].a, (*this)[a].b);
  Node node{op, a, b, c, 0, single};
  for (const int operand : {a, b, c}) {
    if (operand < 0) continue;
    node.shape.samples |= (*this)[operand].shape.samples;
    node.shape.outputs |= (*this)[operand].shape.outputs;
    node.active |= (*this)[operand].active;
  }
  if (is_comparison(op)) node.active = false;
  if (op == Op::choose) node.active = (*this)[b].active || (*this)[c].active;
  return place(node);
}

int Graph::raise(int base, int exponent) {
  const double value = number_of(exponent);
  if (is_number(exponent) && std::abs(value) <= 16) {
    if (value == 0.5) return apply(Op::root, base);
    if (value == std::trunc(value) && value > 0) return whole_power(base, static_cast<int>(value));
    if (value == std::trunc(value) && value < 0) return apply(Op::divide, number(1), whole_power(base, static_cast<int>(-value)));
  }
  return apply(Op::power, base, exponent);
}

int Graph::whole_power(int base, int exponent) {
  if (exponent == 1) return base;
  const int half = apply(Op::square, whole_power(base, exponent / 2));
  return exponent % 2 == 0 ? half : apply(Op::multiply, half, base);
}

int Graph::reduce(Op op, int a, Shape to) { return place({op, a, -1, -1, 0, to, (*this)[a].active}); }

double value_of(Op op, double a, double b, double c) {
  switch (op) {
    case Op::add:
      return a + b;
    case Op::subtract:
      return a - b;
    case Op::multiply:
      return a * b;
    case Op::divide:
      return a / b;
    case Op::absolute:
      return std::abs(a);
    case Op::exponential:
      return std::exp(a);
    case Op::logarithm:
      return std::log(a);
    case Op::root:
      return std::sqrt(a);
    case Op::square:
      return a * a;
    case Op::square_of_difference:
      return (a - b) * (a - b);
    case Op::power:
      return std::pow(a, b);
    case Op::smaller:
      return a < b || std::isnan(a) ? a : b;
    case Op::larger:
      return a > b || std::isnan(a) ? a : b;
    case Op::less:
      return a < b ? 1 : 0;
    case Op::less_or_equal:
      return a <= b ? 1 : 0;
    case Op::equal:
      return a == b ? 1 : 0;
    case Op::choose:
      return a != 0 ? b : c;
    default:
      return std::nan("");
  }
}

}  // namespace formula
}  // namespace treino
