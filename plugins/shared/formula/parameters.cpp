// Tables come as the manifest has them: what stands in them is checked here.
#include "shared/formula/parameters.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <treino/kit/text.hpp>

#include "shared/formula/build.hpp"

namespace treino {
namespace formula {
namespace {

bool is_identifier(const std::string& name) {
  const auto is_letter = [](char one) { return (one >= 'a' && one <= 'z') || (one >= 'A' && one <= 'Z') || one == '_'; };
  return !name.empty() && is_letter(name.front()) &&
         std::all_of(name.begin(), name.end(), [&](char one) { return is_letter(one) || (one >= '0' && one <= '9'); });
}

}  // namespace

std::vector<std::pair<std::string, double>> parameters_of(const Setup& setup) {
  std::vector<std::pair<std::string, double>> parameters;
  if (!setup.has("parameters")) return parameters;
  const treino_value& table = setup.value("parameters");
  for (std::uint32_t i = 0; i < table.count; ++i) {
    const treino_parameter& one = table.as.table[i];
    expect_name(one.name, "a parameter");
    const bool integer = one.value.type == TREINO_INT;
    const double value = integer                          ? static_cast<double>(one.value.as.integer)
                         : one.value.type == TREINO_FLOAT ? one.value.as.real
                                                          : std::nan("");
    if (!std::isfinite(value))
      throw std::invalid_argument(std::string("parameters: ") + one.name + " is no finite number, as parameters of formulas are");
    parameters.emplace_back(one.name, value);
  }
  return parameters;
}

void expect_name(const std::string& name, const std::string& what) {
  if (!is_identifier(name))
    throw std::invalid_argument("'" + name + "' cannot be " + what +
                                ": its name has letters, digits and _ , and begins with no digit");
  if (is_reserved(name))
    throw std::invalid_argument("'" + name + "' cannot be " + what + ": it has a meaning in formulas already");
}

void expect_used(const std::vector<std::string>& names, const std::set<std::string>& used, const std::string& what) {
  const auto unused = std::find_if(names.begin(), names.end(), [&](const std::string& name) { return used.count(name) == 0; });
  if (unused != names.end()) throw std::invalid_argument(what + " '" + *unused + "' is used by no formula: drop it, or use it");
}

void expect_a_target_an_output(const Problem& problem) {
  const std::string classes = std::to_string(problem.classes());
  if (problem.target_is_index() && problem.classes() > (problem.outputs() == 1 ? 2 : problem.outputs()))
    throw std::invalid_argument("the data have " + classes + " classes, the model " + std::to_string(problem.outputs()) +
                                (problem.outputs() == 1 ? " output" : " outputs") + ": give its last layer " + classes +
                                " units");
  problem.expect_an_output_a_column();
}

}  // namespace formula
}  // namespace treino
