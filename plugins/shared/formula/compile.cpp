// Finds for every node the earliest stage at which all that it reads is there: what a pass stores is there from the next stage on.
// The nodes of one stage and shape are one pass.
#include <algorithm>
#include <map>
#include <utility>

#include "shared/formula/program.hpp"

namespace treino {
namespace formula {
namespace {

class Compiler {
 public:
  Compiler(const Graph& graph, const std::vector<Root>& roots) : graph_(graph), roots_(roots) {
    find_live();
    find_stages();
  }

  Program program() {
    program_.roots = roots_;
    for (const Root& root : roots_) pass_at(stage_for(root.node, node(root.node).shape), node(root.node).shape);
    for (std::size_t i = 0; i < graph_.nodes().size(); ++i)
      if (live_[i] && is_stored(static_cast<int>(i))) store(static_cast<int>(i));
    for (auto& [place, pass] : passes_) {
      fill(place.first, pass);
      program_.passes.push_back(std::move(pass));
    }
    return std::move(program_);
  }

 private:
  using Place = std::pair<int, int>;  // stage, shape

  const Node& node(int place) const { return graph_[place]; }
  int& stage(int place) { return stages_[static_cast<std::size_t>(place)]; }
  /// Values of elements are not stored, but what they are added up to.
  bool is_stored(int place) const {
    const Node& one = node(place);
    return !is_given(one.op) && (is_reduction(one.op) || one.shape != element);
  }

  void find_live() {
    live_.assign(graph_.nodes().size(), false);
    for (const Root& root : roots_) live_[static_cast<std::size_t>(root.node)] = true;
    for (std::size_t i = graph_.nodes().size(); i-- > 0;) {
      if (!live_[i]) continue;
      const Node& one = graph_.nodes()[i];
      for (const int operand : {one.a, one.b, one.c})
        if (operand >= 0) live_[static_cast<std::size_t>(operand)] = true;
      program_.whole_batch |= is_reduction(one.op) && node(one.a).shape.samples && !one.shape.samples;
      program_.reads_prediction |= one.op == Op::prediction;
    }
  }
  /// The first stage of a pass over `shape` in which the node can be read.
  int stage_for(int place, Shape shape) {
    const Node& one = node(place);
    if (is_given(one.op)) return 0;
    return !is_reduction(one.op) && one.shape == shape ? stage(place) : stage(place) + 1;
  }
  /// Operands stand before what they are operands of. A reduction is worked out in a pass over its operand's shape.
  void find_stages() {
    stages_.assign(graph_.nodes().size(), 0);
    for (std::size_t i = 0; i < graph_.nodes().size(); ++i) {
      const Node& one = graph_.nodes()[i];
      const Shape shape = is_reduction(one.op) ? node(one.a).shape : one.shape;
      for (const int operand : {one.a, one.b, one.c})
        if (operand >= 0) stages_[i] = std::max(stages_[i], stage_for(operand, shape));
    }
  }

  Pass& pass_at(int stage, Shape shape) {
    Pass& pass = passes_[{stage, (shape.samples ? 2 : 0) + (shape.outputs ? 1 : 0)}];
    pass.shape = shape;
    return pass;
  }
  void store(int place) {
    const Node& one = node(place);
    slots_[place] = static_cast<int>(program_.slots.size());
    program_.slots.push_back(one.shape);
    pass_at(stage(place), is_reduction(one.op) ? node(one.a).shape : one.shape);
  }

  /// All that the pass stores, and what that needs.
  void fill(int stage, Pass& pass) {
    registers_.clear();
    for (const auto& [place, slot] : slots_) {
      const Node& one = node(place);
      const bool reduces = is_reduction(one.op);
      if (stages_[static_cast<std::size_t>(place)] != stage || (reduces ? node(one.a).shape : one.shape) != pass.shape) continue;
      const int from = need(reduces ? one.a : place, stage, pass);
      pass.outputs.push_back({reduces ? one.op : Op::sum, from, slot, one.active ? Chain::add : Chain::none});
    }
    for (std::size_t i = 0; i < roots_.size(); ++i) {
      const int root = roots_[i].node;
      if (node(root).shape != pass.shape || stage_for(root, pass.shape) != stage) continue;
      const int from = need(root, stage, pass);
      pass.roots.push_back({static_cast<int>(i), from, node(root).active ? Chain::add : Chain::none});
    }
    find_chains(pass);
    program_.registers = std::max(program_.registers, static_cast<int>(registers_.size()));
  }
  /// Returns the register that holds the node in this pass.
  int need(int place, int stage, Pass& pass) {
    if (place < 0) return -1;
    const auto found = registers_.find(place);
    if (found != registers_.end()) return found->second;
    const Node& one = node(place);
    const bool computed = !is_given(one.op) && !is_reduction(one.op) && one.shape == pass.shape &&
                          (pass.shape == element || stages_[static_cast<std::size_t>(place)] == stage);
    if (!computed) {
      const int to = registers_.emplace(place, static_cast<int>(registers_.size())).first->second;
      pass.loads.push_back({one.op, one.shape, to, is_given(one.op) ? -1 : slots_.at(place), one.number, one.active});
      return to;
    }
    const int a = need(one.a, stage, pass), b = need(one.b, stage, pass), c = need(one.c, stage, pass);
    const int to = registers_.emplace(place, static_cast<int>(registers_.size())).first->second;
    const auto chain = [&](int operand) { return operand >= 0 && one.active && node(operand).active ? Chain::add : Chain::none; };
    pass.instructions.push_back({one.op, to, a, b, c, chain(one.a), chain(one.b), chain(one.c)});
    return to;
  }
  /// What reaches a register first sets its gradient; what nothing reaches has none.
  void find_chains(Pass& pass) const {
    std::vector<bool> reached(registers_.size(), false);
    const auto reach = [&](int place, Chain& chain) {
      if (chain == Chain::none) return;
      if (!reached[static_cast<std::size_t>(place)]) chain = Chain::set;
      reached[static_cast<std::size_t>(place)] = true;
    };
    for (auto& root : pass.roots) reach(root.from, root.chain);
    for (Output& output : pass.outputs) reach(output.from, output.chain);
    for (auto one = pass.instructions.rbegin(); one != pass.instructions.rend(); ++one) {
      if (!reached[static_cast<std::size_t>(one->to)]) one->to_a = one->to_b = one->to_c = Chain::none;
      reach(one->a, one->to_a);
      reach(one->b, one->to_b);
      reach(one->c, one->to_c);
    }
    for (Load& load : pass.loads) load.active &= reached[static_cast<std::size_t>(load.to)];
  }

  const Graph& graph_;
  const std::vector<Root>& roots_;
  Program program_;
  std::vector<bool> live_;
  std::vector<int> stages_;
  std::map<int, int> slots_;      // of nodes that are stored
  std::map<Place, Pass> passes_;  // in the order of stages
  std::map<int, int> registers_;  // of the pass that is being filled
};

}  // namespace

Program compile(const Graph& graph, const std::vector<Root>& roots) { return Compiler(graph, roots).program(); }

}  // namespace formula
}  // namespace treino
