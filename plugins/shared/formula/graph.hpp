// A formula as a graph of operations, each there once however often it was written, with what is known beforehand worked out.
#pragma once
#include <cstdint>
#include <map>
#include <tuple>
#include <vector>

namespace treino {
namespace formula {

enum class Op : std::uint8_t {
  // What an evaluation is given.
  number,
  prediction,
  target,
  weight,          // of the sample
  sum_of_weights,  // of all samples of the batch
  count,           // of them
  input,           // one of the numbers that a formula of numbers is given
  // Element by element.
  add,
  subtract,
  multiply,
  divide,
  absolute,
  exponential,
  logarithm,
  root,
  square,
  square_of_difference,  // what most losses of quantities are made of: one loop in place of two, there and back
  power,
  smaller,
  larger,
  less,  // conditions are 0 or 1
  less_or_equal,
  equal,
  choose,  // a != 0 ? b : c
  // Along samples or outputs, or both.
  sum,
  largest
};
constexpr bool is_given(Op op) { return op <= Op::input; }
constexpr bool is_reduction(Op op) { return op >= Op::sum; }
constexpr bool is_comparison(Op op) { return op == Op::less || op == Op::less_or_equal || op == Op::equal; }

/// Along what a value varies; of predictions and targets both, of a number neither.
struct Shape {
  bool samples = false, outputs = false;
  friend bool operator==(Shape a, Shape b) { return a.samples == b.samples && a.outputs == b.outputs; }
  friend bool operator!=(Shape a, Shape b) { return !(a == b); }
};
constexpr Shape element{true, true}, per_sample{true, false}, single{false, false};

struct Node {
  Op op = Op::number;
  int a = -1, b = -1, c = -1;  // operands, which stand before it; -1 where it has none
  double number = 0;           // of a number; of an input its place
  Shape shape = {};
  bool active = false;  // its derivative by the predictions may be other than 0
};

class Graph {
 public:
  const std::vector<Node>& nodes() const { return nodes_; }
  const Node& operator[](int node) const { return nodes_[static_cast<std::size_t>(node)]; }

  // Each returns the node's place.
  int number(double value) { return place({Op::number, -1, -1, -1, value, single}); }
  int input(int which) { return place({Op::input, -1, -1, -1, static_cast<double>(which), single}); }
  int given(Op op, Shape shape) { return place({op, -1, -1, -1, 0, shape, op == Op::prediction}); }
  int apply(Op op, int a, int b = -1, int c = -1);
  /// base^exponent, by multiplications and roots where the exponent is a small whole number or a half.
  int raise(int base, int exponent);
  /// sum or largest; `to` is what remains of the operand's shape.
  int reduce(Op op, int a, Shape to);

 private:
  int place(Node node);
  bool is_number(int node) const { return node < 0 || (*this)[node].op == Op::number; }
  double number_of(int node) const { return node < 0 ? 0 : (*this)[node].number; }
  int whole_power(int base, int exponent);

  using Key = std::tuple<Op, int, int, int, std::uint64_t, bool, bool>;
  std::vector<Node> nodes_;
  std::map<Key, int> places_;
};

/// What an operation gives for one element; not for those that are given or reduce.
double value_of(Op op, double a, double b, double c);

}  // namespace formula
}  // namespace treino
