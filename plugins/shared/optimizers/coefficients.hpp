// What the built-in optimizers have in common: parameters of their descriptions, and how coefficients become floats.
#pragma once
#include <treino/optimizer.hpp>

namespace treino::optimizers {

/// Coefficients are computed in double and rounded once.
inline float rounded(double value) { return static_cast<float>(value); }

/// The running means of gradients and of their squares that adam and its relatives keep.
struct Betas {
  double beta1, beta2;
  explicit Betas(const Setup& setup) : beta1(setup.get<double>("beta1")), beta2(setup.get<double>("beta2")) {}
};

}  // namespace treino::optimizers

#define TREINO_BETAS_TOML(first, second)                                   \
  "\n"                                                                     \
  "[parameters.beta1]\n"                                                   \
  "type = \"float\"\n"                                                     \
  "default = " #first                                                      \
  "\n"                                                                     \
  "min = 0.0\n"                                                            \
  "below = 1.0\n"                                                          \
  "doc = \"decay of the mean of gradients; plays the part of momentum\"\n" \
  "[parameters.beta2]\n"                                                   \
  "type = \"float\"\n"                                                     \
  "default = " #second                                                     \
  "\n"                                                                     \
  "min = 0.0\n"                                                            \
  "below = 1.0\n"                                                          \
  "doc = \"decay of the mean of squared gradients\"\n"

#define TREINO_EPSILON_TOML(value) \
  "\n"                             \
  "[parameters.epsilon]\n"         \
  "type = \"float\"\n"             \
  "default = " #value              \
  "\n"                             \
  "min = 0.0\n"                    \
  "doc = \"added to the denominator\"\n"

#define TREINO_ADDED_DECAY_TOML TREINO_WEIGHT_DECAY_TOML("times the weight, added to the gradient")
#define TREINO_SHRINKING_DECAY_TOML TREINO_WEIGHT_DECAY_TOML("weights shrink by learning_rate * weight_decay per step")
