// Categorical hinge loss: the right class should score 1 more than the best of the others, and costs nothing then.
// K. Crammer, Y. Singer, On the Algorithmic Implementation of Multiclass Kernel-based Vector Machines, JMLR 2 (2001).
// Parameter: reduction.
#include <algorithm>
#include <treino/kit/reduction.hpp>
#include <treino/loss.hpp>

#include "shared/losses/softmax.hpp"

namespace {

class CategoricalHinge final : public treino::Loss {
 public:
  explicit CategoricalHinge(const treino::Setup& setup) : reduction_(setup) {}

  void prepare(const treino::Problem& problem) override {
    const std::string outputs = std::to_string(problem.outputs());
    if (problem.target_is_values()) refuse("it needs classes as target, index or one-hot, not values: take hinge");
    if (problem.outputs() < 2) refuse("it needs an output a class, the model has " + outputs + ": add units, or take hinge");
    if (problem.target_is_index() ? problem.classes() > problem.outputs() : problem.classes() != problem.outputs())
      refuse("the data have " + std::to_string(problem.classes()) + " classes, the model has " + outputs +
             " outputs: make them equal");
    if (problem.predicts_probabilities()) refuse("it takes scores, the model gives probabilities: drop its last layer");
    wanted_.assign(static_cast<std::size_t>(problem.outputs()), 0);
  }

  /// Throws std::domain_error where an index is no class or a row no distribution. A sample of weight 0 counts for nothing.
  treino::LossValue evaluate(treino::Matrix<const float> prediction, const treino::Target& target, treino::Weights weights,
                             treino::Matrix<float> gradient) override {
    const double weight = reduction_.weight(prediction.rows(), weights), scale = treino::Reduction::scale(weight);
    const std::int64_t classes = prediction.columns();
    double sum = 0;
    treino::with_widest_vectors([&]() TREINO_ALWAYS_INLINE {
      for (std::int64_t sample = 0; sample < prediction.rows(); ++sample) {
        float* slopes = gradient ? gradient.row(sample) : nullptr;
        if (slopes != nullptr) std::fill_n(slopes, classes, 0.0f);
        const double sample_weight = static_cast<double>(weights[sample]);
        if (sample_weight == 0) continue;
        const std::int64_t right = right_class(target, sample, classes);
        const float* row = prediction.row(sample);
        treino::prefetch_ahead(row, classes);
        const float rival = best_rival(row, right, classes);
        const double short_of = 1 + static_cast<double>(rival) - static_cast<double>(row[right]);
        sum += short_of < 0 ? 0 : sample_weight * short_of;
        if (slopes == nullptr || !(short_of > 0)) continue;
        const auto slope = static_cast<float>(scale * sample_weight);
        slopes[first_rival(row, rival, right, classes)] = slope;
        slopes[right] = -slope;
      }
    });
    return {sum, weight};
  }

 private:
  [[noreturn]] static void refuse(const std::string& why) { throw std::invalid_argument("categorical_hinge: " + why); }

  TREINO_ALWAYS_INLINE std::int64_t right_class(const treino::Target& target, std::int64_t sample, std::int64_t classes) {
    if (target.is_index()) {
      treino::check_class(target.index(sample), classes, sample);
      return target.index(sample);
    }
    treino::take_distribution(target.values().row(sample), classes, sample, wanted_.data());
    return std::max_element(wanted_.begin(), wanted_.end()) - wanted_.begin();
  }
  /// The best score of the other classes.
  TREINO_ALWAYS_INLINE static float best_rival(const float* row, std::int64_t right, std::int64_t classes) {
    if (right == 0) return treino::fast::max(row + 1, classes - 1);
    const float before = treino::fast::max(row, right);
    if (right + 1 == classes) return before;
    const float after = treino::fast::max(row + right + 1, classes - right - 1);
    return after > before ? after : before;
  }

  /// The first of the other classes with the best score; any of them where that is NaN.
  TREINO_ALWAYS_INLINE static std::int64_t first_rival(const float* row, float rival, std::int64_t right, std::int64_t classes) {
    constexpr std::int64_t block = 64;
    const auto has_it = [&](std::int64_t begin) TREINO_ALWAYS_INLINE {
      std::int32_t found = 0;
      for (std::int64_t i = 0; i < block; ++i) found |= static_cast<std::int32_t>(row[begin + i] == rival);
      return found != 0;
    };
    std::int64_t best = 0;
    while (best + block <= classes && !has_it(best)) best += block;
    // The right class may have the same score, and be found for it: then the search continues after it.
    while (best < classes && (best == right || row[best] != rival)) ++best;
    if (best < classes) return best;
    return right == 0 ? 1 : 0;
  }

  treino::Reduction reduction_;
  std::vector<double> wanted_;  // of one sample
};

}  // namespace

TREINO_PLUGIN(CategoricalHinge, R"toml(
kind = "loss"
id = "categorical_hinge"
version = "1.1.0"
summary = "Multi-class hinge loss."
target = ["index", "one_hot"]
help = """
loss of a sample = max(0, 1 + z_r - z_t), with z the outputs, t the right class and r the best of the others
The outputs are scores: the largest says the class, and no probabilities belong to them. `predict` writes the scores themselves, and
metrics of probabilities are refused beside this loss.
gradient = 1 for r and -1 for t where the loss is above 0, times the sample's weight, over what `reduction` divides by; of several best
ones the first is r
K. Crammer, Y. Singer, JMLR 2 (2001). As sklearn.metrics.hinge_loss of several classes. keras.losses.CategoricalHinge also counts the
right class as a rival of score 0. A sample of weight 0 may hold anything, NaN too."""
)toml" TREINO_REDUCTION_TOML)
