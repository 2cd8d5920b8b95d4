// The binary focal loss of one output, by its logit or its probability.
#pragma once
#include <cmath>
#include <cstdint>
#include <limits>

#include "shared/losses/binary_targets.hpp"

namespace focal {

/// One yes/no question: yes (1 - p)^gamma (-log p) + no p^gamma (-log(1 - p)), where each power is the exponential of a logarithm
/// that is there anyway.
struct Question : treino::AnswersCurve {
  double gamma = 0, smoothing = 0;
  TREINO_ALWAYS_INLINE double smooth(double target) const { return (1 - smoothing) * target + smoothing / 2; }
  const double *yes_weight = nullptr, *no_weight = nullptr;
};

struct OfLogit : Question {
  TREINO_ALWAYS_INLINE treino::Term<double> at(double z, double target, std::int64_t output) const {
    const double part = smooth(target), yes = part * yes_weight[output], no = (1 - part) * no_weight[output];
    // An infinite logit is taken for a large one, since 0 times infinity is none, and costs infinity in the end.
    const double size = treino::fast::at_most(std::abs(z), largest);
    const double small = treino::fast::exp(-size), rest = treino::fast::log1p(small), both = rest + size;
    const double near = 1 / (1 + small), far = small * near;
    const bool is_no = z < 0;
    const double p = treino::fast::select(is_no, far, near), q = treino::fast::select(is_no, near, far);
    // -log p, -log(1 - p)
    const double cost_yes = treino::fast::select(is_no, both, rest), cost_no = treino::fast::select(is_no, rest, both);
    const double power_yes = yes * treino::fast::exp(-gamma * cost_no), power_no = no * treino::fast::exp(-gamma * cost_yes);
    const double loss = power_yes * cost_yes + power_no * cost_no;
    return {treino::fast::select(loss > largest / 1e200, std::numeric_limits<double>::infinity(), loss),
            power_no * (gamma * q * cost_no + p) - power_yes * (gamma * p * cost_yes + q)};
  }
  static constexpr double largest = 1e300;
};

struct OfProbability : Question {
  TREINO_ALWAYS_INLINE treino::Term<double> at(double probability, double target, std::int64_t output) const {
    const double part = smooth(target), yes = part * yes_weight[output], no = (1 - part) * no_weight[output];
    const double p = treino::safe_probability(probability), cost_yes = -treino::fast::log(p), cost_no = -treino::fast::log(1 - p);
    const double power_yes = yes * treino::fast::exp(-gamma * cost_no), power_no = no * treino::fast::exp(-gamma * cost_yes);
    return {power_yes * cost_yes + power_no * cost_no,
            power_no * (gamma * cost_no / p + 1 / (1 - p)) - power_yes * (gamma * cost_yes / (1 - p) + 1 / p)};
  }
};

}  // namespace focal
