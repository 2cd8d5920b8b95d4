// What an exported model puts out: what `treino predict` writes, or the values before that.
#pragma once
#include <string>
#include <treino/exporter.hpp>

namespace treino::exporters {

/// What is done to the last layer's output.
enum class Finish { nothing, softmax, sigmoid };

/// As `asked`, the parameter `outputs` (TREINO_OUTPUTS_TOML), says. Throws where the model has no such outputs.
inline Finish finish_of(const std::optional<std::string>& asked, const Problem& problem) {
  if (asked && *asked == "logits") {
    if (!problem.predicts_logits())
      throw std::invalid_argument("outputs = \"logits\": the model's outputs are " +
                                  std::string(problem.predicts_values() ? "values" : "probabilities") + ", not logits");
    return Finish::nothing;
  }
  if (asked && problem.predicts_values())
    throw std::invalid_argument("outputs = \"probabilities\": the model's outputs are values, not probabilities");
  if (!problem.predicts_logits()) return Finish::nothing;
  return problem.independent() || problem.outputs() == 1 ? Finish::sigmoid : Finish::softmax;
}

}  // namespace treino::exporters

#define TREINO_OUTPUTS_TOML                                                                                                      \
  "[parameters.outputs]\n"                                                                                                       \
  "type = \"string\"\n"                                                                                                          \
  "choices = [\"probabilities\", \"logits\"]\n"                                                                                  \
  "doc = \"of a model whose loss takes logits: probabilities, or the logits themselves; what treino predict writes where it is " \
  "not given\"\n"
