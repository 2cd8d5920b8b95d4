// From a formula as it was written to its graph: names, arguments and conditions are checked here, each error with its place.
#pragma once
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "shared/formula/graph.hpp"
#include "shared/formula/tree.hpp"

namespace treino {
namespace formula {

/// What a formula may name.
struct Names {
  std::vector<std::pair<std::string, double>> parameters = {};
  std::vector<std::string> inputs = {};  // of a formula of numbers; others have y, p and weights
  std::int64_t outputs = 1;
};

/// Whether a name is a function's, a variable's or a word of the language, and so no parameter's.
bool is_reserved(const std::string& name);

class Builder {
 public:
  Builder(Graph& graph, const Names& names) : graph_(graph), names_(names) {}

  /// Returns the node of the whole formula. Where `counts_itself`, samples do not count by their weights in what goes along them.
  int build(const Source& source, const Tree& tree, bool counts_itself);
  /// The parameters and inputs that were named so far.
  const std::set<std::string>& used() const { return used_; }

 private:
  Graph& graph_;
  const Names& names_;
  std::set<std::string> used_;
};

}  // namespace formula
}  // namespace treino
