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

/// The same for gamma = 2, the usual one, in float: its powers are squares of probabilities, which lose nothing.
struct OfLogitSquared : treino::AnswersCurve {
  using Real = float;
  float smoothing = 0;
  const float *yes_weight = nullptr, *no_weight = nullptr;

  TREINO_ALWAYS_INLINE treino::Term<float> at(float z, float target, std::int64_t output) const {
    const float part = (1 - smoothing) * target + smoothing / 2;
    const float yes = part * yes_weight[output], no = (1 - part) * no_weight[output];
    const bool is_no = z < 0;
    // With and against the answer that the logit gives, whose probability is `near`.
    const float with = treino::fast::select(is_no, no, yes), against = treino::fast::select(is_no, yes, no);
    const float size = std::abs(z), small = treino::fast::exp_below_one(-size);
    const auto [rest, near] = treino::fast::log1p_up_to_one(small);
    const float far = small * near;
    // What nothing speaks against costs nothing, an infinite logit neither; times `far`, which is 0 then, a large one does for it.
    const float cost = rest + treino::fast::select(against == 0, 0.0f, size), finite = rest + treino::fast::at_most(size, 1e30f);
    const float slope = against * near * near * (2 * far * finite + near) - with * far * far * (2 * near * rest + far);
    return {with * far * far * rest + against * near * near * cost, treino::fast::select(is_no, -slope, slope)};
  }
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
