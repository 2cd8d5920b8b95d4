// How the samples' losses become one number: the parameter `reduction` of a loss. Its description, to be copied:
//   [parameters.reduction]
//   type = "string"
//   default = "mean"
//   choices = ["mean", "weighted_mean", "sum"]
//   doc = "mean: sum of weight * loss over the number of samples; weighted_mean: over the sum of weights; sum: over 1"
#pragma once
#include <treino/plugin.hpp>
#include <treino/tensor.hpp>

namespace treino {
inline namespace sdk0 {

class Reduction {
 public:
  explicit Reduction(const Setup& setup) : name_(setup.get<std::string>("reduction")) {}

  /// What the sum of weight * loss is divided by, from the number of samples and the sum of their weights.
  double weight(double samples, double sum_of_weights) const {
    if (name_ == "sum") return 1;
    return name_ == "mean" ? samples : sum_of_weights;
  }
  double weight(std::int64_t samples, const Weights& weights) const {
    if (!weights) return weight(static_cast<double>(samples), static_cast<double>(samples));
    double sum = 0;
    for (std::int64_t sample = 0; sample < samples; ++sample) sum += static_cast<double>(weights[sample]);
    return weight(static_cast<double>(samples), sum);
  }
  /// Is the sum of weights what is divided by?
  bool by_weights() const { return name_ == "weighted_mean"; }
  /// 1 / weight for gradients; 0 where weight is 0, so that a batch of weights 0 moves nothing.
  static double scale(double weight) { return weight == 0 ? 0 : 1 / weight; }

 private:
  std::string name_;
};

}  // namespace sdk0
}  // namespace treino
