// How the samples' losses become one value: the parameter `reduction` of a loss, which TREINO_REDUCTION_TOML describes.
//
//   treino::LossValue mean_of(double sum_of_losses, std::int64_t samples, treino::Weights weights, const treino::Reduction& reduction) {
//     const double weight = reduction.weight(samples, weights);     // what the sum is divided by
//     const double scale = treino::Reduction::scale(weight);        // what each gradient is multiplied by
//     return {sum_of_losses + 0 * scale, weight};
//   }
#pragma once
#include <treino/plugin.hpp>
#include <treino/tensor.hpp>

namespace treino {
inline namespace sdk0 {

class Reduction {
 public:
  explicit Reduction(const Setup& setup) : Reduction(setup.get<std::string>("reduction")) {}

  /// What the sum of weight * loss is divided by, from the number of samples and the sum of their weights.
  double weight(double samples, double sum_of_weights) const { return sum_ ? 1 : by_weights_ ? sum_of_weights : samples; }
  double weight(std::int64_t samples, const Weights& weights) const {
    if (!weights) return weight(static_cast<double>(samples), static_cast<double>(samples));
    double sum = 0;
    for (std::int64_t sample = 0; sample < samples; ++sample) sum += static_cast<double>(weights[sample]);
    return weight(static_cast<double>(samples), sum);
  }
  /// Is the sum of weights what is divided by?
  bool by_weights() const { return by_weights_; }
  /// 1 / weight for gradients; 0 where weight is 0, so that a batch of weights 0 moves nothing.
  static double scale(double weight) { return weight == 0 ? 0 : 1 / weight; }

 private:
  explicit Reduction(const std::string& name) : sum_(name == "sum"), by_weights_(name == "weighted_mean") {}

  bool sum_, by_weights_;
};

}  // namespace sdk0
}  // namespace treino

// The parameters that this header reads, for descriptions: TREINO_PLUGIN(X, R"toml(...)toml" TREINO_REDUCTION_TOML).
#define TREINO_REDUCTION_TOML                                                                                                   \
  "\n"                                                                                                                          \
  "[parameters.reduction]\n"                                                                                                    \
  "type = \"string\"\n"                                                                                                         \
  "default = \"mean\"\n"                                                                                                        \
  "choices = [\"mean\", \"weighted_mean\", \"sum\"]\n"                                                                          \
  "doc = \"mean: sum of weight * loss over the number of samples; weighted_mean: over the sum of weights; sum: over 1, and an " \
  "epoch's loss is the mean of its batches'\"\n"
