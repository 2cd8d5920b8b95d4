// For losses of margins (hinge, squared_hinge): an output answers a yes/no question by its sign. Its parameter, labels, is
// described below.
#pragma once
#include "shared/losses/binary_targets.hpp"

namespace treino {
inline namespace sdk0 {

struct MarginCurve : LossCurve {
  explicit MarginCurve(const Setup& setup) : signed_labels(setup.get<std::string>("labels") == "minus_one_one") {
    lowest = signed_labels ? -1 : 0, highest = 1;
  }
  void prepare(const Problem& problem, const char* name) {
    const std::string loss = name;
    check_answers(problem, loss, "categorical_hinge");
    if (signed_labels && !problem.target_is_values())
      throw std::invalid_argument(loss + ": labels = \"minus_one_one\" is for targets of values, here are classes: leave it out");
    if (problem.predicts_probabilities())
      throw std::invalid_argument(loss + ": it takes margins, the model gives probabilities: drop its last layer");
  }
  Takes takes() const { return Takes::margins; }
  TREINO_ALWAYS_INLINE double sign_of(double target) const { return signed_labels ? target : 2 * target - 1; }
  /// How much a margin falls short of 1; where the target is neither yes nor no 1, of an infinite margin too.
  TREINO_ALWAYS_INLINE static double shortfall(double sign, double margin) {
    return 1 - fast::select((sign == 0) & (margin == margin), 0.0, sign * margin);
  }

  bool signed_labels;
};

}  // namespace sdk0
}  // namespace treino

// The parameters that this header reads, for descriptions: TREINO_PLUGIN(X, R"toml(...)toml" TREINO_LABELS_TOML).
#define TREINO_LABELS_TOML                        \
  "\n"                                            \
  "[parameters.labels]\n"                         \
  "type = \"string\"\n"                           \
  "default = \"zero_one\"\n"                      \
  "choices = [\"zero_one\", \"minus_one_one\"]\n" \
  "doc = \"what the target's values stand for: 0 no and 1 yes, or -1 no and 1 yes\"\n"
