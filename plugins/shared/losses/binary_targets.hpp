// For elementwise losses whose outputs answer a yes/no question each (binary_cross_entropy, focal, hinge): what they take as
// target and prediction. Targets are the answers, 0 to 1; with one output also the index of one of two classes, 1 being the yes.
#pragma once
#include <treino/kit/elementwise_loss.hpp>

#include "shared/losses/softmax.hpp"

namespace treino {
inline namespace sdk0 {

/// Throws std::invalid_argument, with the fix, where indices or columns do not fit questions of yes or no.
inline void check_answers(const Problem& problem, const std::string& loss, const std::string& for_classes) {
  if (problem.target_is_index() && (problem.outputs() != 1 || problem.classes() > 2))
    throw std::invalid_argument(loss + ": class indices need one output and two classes, here are " +
                                std::to_string(problem.outputs()) + " and " + std::to_string(problem.classes()) + ": take " +
                                for_classes);
  problem.expect_an_output_a_column();
}

/// p in [1e-7, 1 - 1e-7], as Keras clips it; NaN stays.
TREINO_ALWAYS_INLINE inline double safe_probability(double p) { return fast::at_most(fast::at_least(p, 1e-7), 1 - 1e-7); }

/// What curves over answers have in common.
struct AnswersCurve : LossCurve {
  AnswersCurve() { lowest = 0, highest = 1; }
};

}  // namespace sdk0
}  // namespace treino
