// A graph in passes over the elements of a batch: what one pass has added up along samples or outputs, later ones read. Values of
// elements live in registers of a block and are worked out again in each pass that needs them, so that no array of a batch's size is
// ever stored.
#pragma once
#include <vector>

#include "shared/formula/graph.hpp"

namespace treino {
namespace formula {

/// Fills a register at the beginning of a block, or, where it is one number, at the beginning of a pass.
struct Load {
  Op op;          // one that is given, or of a node that is stored in `slot`
  Shape shape;    // of what is read
  int to;         // register
  int slot;       // -1: none
  double number;  // as in Node
  bool active;    // whether a gradient reaches it
};

/// What is to be done with the gradient of an operand: nothing, or it is set, or, where another has set it before, added to.
enum class Chain : std::uint8_t { none, set, add };

struct Instruction {
  Op op;
  int to, a, b, c;  // registers; -1: no operand
  Chain to_a, to_b, to_c;
};

/// Adds a register up into a slot, along what the slot does not vary along; or keeps the largest.
struct Output {
  Op op;  // sum or largest
  int from, slot;
  Chain chain;
};

/// Over all that varies along samples and outputs (`element`), along one of them, or one number.
struct Pass {
  Shape shape;
  std::vector<Load> loads;
  std::vector<Instruction> instructions;
  std::vector<Output> outputs;
  struct PassRoot {
    int which, from;  // the place in the program's list; a register
    Chain chain;
  };
  std::vector<PassRoot> roots;
};

/// What is wanted of a formula: a node's values, added up over all that they vary along.
struct Root {
  int node;
  bool weighted = true;  // each sample by its weight
};

struct Program {
  std::vector<Pass> passes;  // in order; with one root the last one is the root's
  std::vector<Shape> slots;  // what is stored: by sample, by output, or one number
  std::vector<Root> roots;
  int registers = 0;
  bool whole_batch = false;  // something goes along samples within it: it cannot be evaluated part by part
  bool reads_prediction = false;
};

Program compile(const Graph& graph, const std::vector<Root>& roots);

}  // namespace formula
}  // namespace treino
