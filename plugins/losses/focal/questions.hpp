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
  OfLogit in_double;  // for infinite logits
  const OfLogit& precise() const { return in_double; }

  TREINO_ALWAYS_INLINE float exponent(float z, float /*target*/) const { return -std::abs(z); }
  TREINO_ALWAYS_INLINE float second_step(float small) const { return treino::fast::log1p_up_to_one(small).log; }
  TREINO_ALWAYS_INLINE treino::Term<float> at(float z, float target, std::int64_t output, float small, float rest) const {
    const float part = (1 - smoothing) * target + smoothing / 2;
    const float yes = part * yes_weight[output], no = (1 - part) * no_weight[output];
    const bool is_no = z < 0;
    // The probability of the answer that the logit gives, and of the other one; what speaks for and against the answer.
    const float near = 1 / (1 + small), far = small * near;
    const float with = treino::fast::select(is_no, no, yes) * far * far,
                against = treino::fast::select(is_no, yes, no) * near * near;
    const float cost = rest + std::abs(z);
    const float slope = against * (2 * far * cost + near) - with * (2 * near * rest + far);
    return {with * rest + against * cost, treino::fast::select(is_no, -slope, slope)};
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
