// Cosine similarity as a loss: 1 minus the cosine of the angle between prediction and target, 0 where they point the same way, 2
// where they are opposite; their lengths do not count. As torch.nn.CosineEmbeddingLoss of pairs that belong together, and
// keras.losses.CosineSimilarity plus 1. Parameter: reduction.
#include <algorithm>
#include <treino/kit/elementwise_loss.hpp>

namespace {

class CosineSimilarity final : public treino::Loss {
 public:
  explicit CosineSimilarity(const treino::Setup& setup) : reduction_(setup) {}

  void prepare(const treino::Problem& problem) override {
    if (problem.target_is_index())
      throw std::invalid_argument("cosine_similarity compares directions, the target is class indices: take cross_entropy");
    if (problem.outputs() < 2)
      throw std::invalid_argument("cosine_similarity: the angle of a single output is its sign and nothing else: take mse");
    problem.expect_an_output_a_column();
  }

  /// Throws std::domain_error where a target is not a finite number. A sample of weight 0 counts for nothing, whatever it holds.
  treino::LossValue evaluate(treino::Matrix<const float> prediction, const treino::Target& target, treino::Weights weights,
                             treino::Matrix<float> gradient) override {
    const double weight = reduction_.weight(prediction.rows(), weights), scale = treino::Reduction::scale(weight);
    const std::int64_t outputs = prediction.columns();
    double sum = 0;
    treino::with_widest_vectors([&]() TREINO_ALWAYS_INLINE {
      for (std::int64_t sample = 0; sample < prediction.rows(); ++sample) {
        const double sample_weight = static_cast<double>(weights[sample]);
        float* slopes = gradient ? gradient.row(sample) : nullptr;
        if (sample_weight != 0) {
          treino::prefetch_ahead(prediction.row(sample), outputs);
          treino::prefetch_ahead(target.values().row(sample), outputs);
          sum += sample_weight *
                 row(prediction.row(sample), target.values().row(sample), slopes, outputs, sample, scale * sample_weight);
        } else if (slopes != nullptr) {
          std::fill_n(slopes, outputs, 0.0f);
        }
      }
    });
    return {sum, weight};
  }

 private:
  static constexpr double all = std::numeric_limits<double>::max();
  static constexpr double shortest = 1e-8;  // as torch: what is shorter counts as this long, so that nothing is divided by 0

  TREINO_ALWAYS_INLINE static double row(const float* TREINO_RESTRICT p, const float* TREINO_RESTRICT y,
                                         float* TREINO_RESTRICT slopes, std::int64_t outputs, std::int64_t sample, double scale) {
    const double squares = treino::fast::sum_of_products(p, p, outputs), wanted = treino::fast::sum_of_products(y, y, outputs);
    // The square of a finite float is finite in double, and so is the sum of all that memory holds.
    if (!std::isfinite(wanted)) treino::check_targets(y, outputs, sample, -all, all);
    const double own = std::sqrt(squares), other = std::sqrt(wanted);
    const bool is_short = own < shortest;
    const double length = is_short ? shortest : own, lengths = length * (other < shortest ? shortest : other);
    const double cosine = treino::fast::sum_of_products(p, y, outputs) / lengths;
    // What only makes the prediction longer is taken out.
    const double along = is_short ? 0 : scale * cosine / (length * length), across = scale / lengths;
    for (std::int64_t i = 0; slopes != nullptr && i < outputs; ++i)
      slopes[i] = static_cast<float>(along * static_cast<double>(p[i]) - across * static_cast<double>(y[i]));
    return 1 - cosine;
  }

  treino::Reduction reduction_;
};

}  // namespace

TREINO_PLUGIN(CosineSimilarity, R"toml(
kind = "loss"
id = "cosine_similarity"
version = "1.0.0"
summary = "One minus the cosine of the angle between prediction and target."
target = ["values", "one_hot"]
help = """
loss of a sample = 1 - p . y / (|p| |y|), with p the prediction, y the target, both rows of the outputs
gradient = (cosine * p / |p| - y / |y|) / |p|, times the sample's weight, over what `reduction` divides by
A length below 1e-8 counts as 1e-8; a row of zeros has the cosine 0. As torch.nn.CosineEmbeddingLoss with target 1, and
keras.losses.CosineSimilarity plus 1. A sample of weight 0 may hold anything, NaN too."""
)toml" TREINO_REDUCTION_TOML)
