// What the loss and the metric `lambda` have in common: their parameter `parameters`, and the targets that a formula takes.
#pragma once
#include <set>
#include <string>
#include <treino/plugin.hpp>
#include <utility>
#include <vector>

namespace treino {
namespace formula {

/// The numbers of the table `parameters`. Throws std::invalid_argument where one has no name that a formula can write, or is no finite
/// number.
std::vector<std::pair<std::string, double>> parameters_of(const Setup& setup);

/// Throws std::invalid_argument where the name, which is `what` ("a parameter"), cannot be written in a formula or means something
/// else there.
void expect_name(const std::string& name, const std::string& what);

/// Throws std::invalid_argument where one of `names`, which are `what`, is not among those that `whose` formulas use.
void expect_used(const std::vector<std::string>& names, const std::set<std::string>& used, const std::string& what);

/// Throws std::invalid_argument with the fix where y would not have a column for each output.
void expect_a_target_an_output(const Problem& problem);

}  // namespace formula
}  // namespace treino

// The parameter that this header reads, for descriptions: TREINO_PLUGIN(X, R"toml(...)toml" TREINO_FORMULA_PARAMETERS_TOML).
#define TREINO_FORMULA_PARAMETERS_TOML \
  "\n"                                 \
  "[parameters.parameters]\n"          \
  "type = \"table\"\n"                 \
  "doc = \"numbers of your own that the formulas name: { alpha = 3.0 }\"\n"
