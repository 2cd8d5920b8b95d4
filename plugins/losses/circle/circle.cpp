// Circle loss: embeddings of one class are drawn together, those of different classes pushed apart, each pair the more the further
// it is from where it should be. Parameters: gamma, margin, reduction. As keras.losses.Circle. Y. Sun et al., Circle Loss: A
// Unified Perspective of Pair Similarity Optimization, CVPR 2020.
#include <algorithm>
#include <cmath>
#include <treino/kit/fast_math.hpp>
#include <treino/kit/reduction.hpp>
#include <treino/kit/vector_loops.hpp>
#include <treino/loss.hpp>

namespace {

class Circle final : public treino::Loss {
 public:
  explicit Circle(const treino::Setup& setup)
      : gamma_(setup.get<double>("gamma")), margin_(setup.get<double>("margin")), reduction_(setup) {}

  void prepare(const treino::Problem& problem) override {
    if (!problem.target_is_index())
      throw std::invalid_argument("circle compares the classes of two samples: it needs class indices as target, not rows");
    if (problem.outputs() < 2)
      throw std::invalid_argument("circle: the angle of a single output is its sign and nothing else: add units");
    const auto rows = static_cast<std::size_t>(problem.batch_capacity()), columns = static_cast<std::size_t>(problem.outputs());
    directions_.resize(rows * columns);
    by_direction_.resize(rows * columns);
    for (std::vector<double>* values : {&lengths_, &similarities_, &slopes_}) values->resize(rows);
    counted_.reserve(rows);
  }

  /// A sample of weight 0 counts for nothing, in no pair either.
  treino::LossValue evaluate(treino::Matrix<const float> prediction, const treino::Target& target, treino::Weights weights,
                             treino::Matrix<float> gradient) override {
    const double weight = reduction_.weight(prediction.rows(), weights), scale = treino::Reduction::scale(weight);
    outputs_ = prediction.columns();
    counted_.clear();
    for (std::int64_t sample = 0; sample < prediction.rows(); ++sample)
      if (weights[sample] != 0) counted_.push_back(sample);
    double sum = 0;
    treino::with_widest_vectors([&]() TREINO_ALWAYS_INLINE {
      for (const std::int64_t sample : counted_) take_direction(prediction.row(sample), sample);
      for (const std::int64_t anchor : counted_) {
        const auto share = static_cast<double>(weights[anchor]);
        sum += share * of_anchor(anchor, target, gradient ? scale * share : 0);
      }
      if (gradient) give(gradient, weights);
    });
    return {sum, weight};
  }

 private:
  static constexpr double shortest = 1e-8;  // what is shorter counts as this long, so that nothing is divided by 0

  /// The logarithm of the sum of the powers of some terms; -infinity without terms.
  struct LogSum {
    double top = -std::numeric_limits<double>::infinity(), sum = 0;
    double value() const { return std::log(sum) + (sum == 0 ? 0 : top); }
  };

  double* direction(std::int64_t sample) { return &directions_[static_cast<std::size_t>(sample * outputs_)]; }
  double* slopes_of(std::int64_t sample) { return &by_direction_[static_cast<std::size_t>(sample * outputs_)]; }

  TREINO_ALWAYS_INLINE void take_direction(const float* row, std::int64_t sample) {
    const double length = std::sqrt(treino::fast::sum_of_products(row, row, outputs_));
    const double divisor = length < shortest ? shortest : length;
    double* const to = direction(sample);
    for (std::int64_t i = 0; i < outputs_; ++i) to[i] = static_cast<double>(row[i]) / divisor;
    std::fill_n(slopes_of(sample), outputs_, 0.0);
    lengths_[static_cast<std::size_t>(sample)] = length;
  }

  /// The loss of the pairs of one sample; where `scale` is not 0, what it adds to the gradient by the directions of all.
  TREINO_ALWAYS_INLINE double of_anchor(std::int64_t anchor, const treino::Target& target, double scale) {
    const std::int32_t label = target.index(anchor);
    LogSum same, other;
    for (const std::int64_t sample : counted_) {
      if (sample == anchor) continue;
      double similarity = 0;
      const double *a = direction(anchor), *b = direction(sample);
      for (std::int64_t i = 0; i < outputs_; ++i) similarity += a[i] * b[i];
      const bool positive = target.index(sample) == label;
      const double exponent = positive ? of_positive(similarity, slopes_[static_cast<std::size_t>(sample)])
                                       : of_negative(similarity, slopes_[static_cast<std::size_t>(sample)]);
      similarities_[static_cast<std::size_t>(sample)] = exponent;
      add(positive ? same : other, exponent);
    }
    if (same.sum == 0 || other.sum == 0) return 0 * lengths_[static_cast<std::size_t>(anchor)];  // no pair to compare; NaN stays
    const double exponent = same.value() + other.value();
    if (scale != 0) {
      const double outer = scale / (1 + std::exp(-exponent));
      for (const std::int64_t sample : counted_) {
        if (sample == anchor) continue;
        const LogSum& of = target.index(sample) == label ? same : other;
        const double part = std::exp(similarities_[static_cast<std::size_t>(sample)] - of.top) / of.sum;
        pull(anchor, sample, outer * part * slopes_[static_cast<std::size_t>(sample)]);
      }
    }
    return exponent > 0 ? exponent + std::log1p(std::exp(-exponent)) : std::log1p(std::exp(exponent));
  }
  TREINO_ALWAYS_INLINE static void add(LogSum& to, double exponent) {
    if (exponent > to.top) {
      to.sum = to.sum * std::exp(to.top - exponent) + 1;
      to.top = exponent;
    } else {
      to.sum += std::exp(exponent - to.top);
    }
  }
  /// -gamma [1 + m - s]+ (s - (1 - m)) of a similarity s of one class, and its slope by s.
  double of_positive(double similarity, double& slope) const {
    const double alpha = treino::fast::at_least(1 + margin_ - similarity, 0.0), beyond = similarity - (1 - margin_);
    slope = alpha > 0 ? -gamma_ * (alpha - beyond) : 0 * similarity;
    return -gamma_ * alpha * beyond;
  }
  /// gamma [s + m]+ (s - m) of a similarity s of two classes, and its slope by s.
  double of_negative(double similarity, double& slope) const {
    const double alpha = treino::fast::at_least(similarity + margin_, 0.0), beyond = similarity - margin_;
    slope = alpha > 0 ? gamma_ * (alpha + beyond) : 0 * similarity;
    return gamma_ * alpha * beyond;
  }
  TREINO_ALWAYS_INLINE void pull(std::int64_t a, std::int64_t b, double slope) {
    const double *from_a = direction(a), *from_b = direction(b);
    double *to_a = slopes_of(a), *to_b = slopes_of(b);
    for (std::int64_t i = 0; i < outputs_; ++i) {
      to_a[i] += slope * from_b[i];
      to_b[i] += slope * from_a[i];
    }
  }
  /// From the slopes by directions to those by outputs: what only makes an embedding longer is taken out.
  TREINO_ALWAYS_INLINE void give(const treino::Matrix<float>& gradient, const treino::Weights& weights) {
    for (std::int64_t sample = 0; sample < gradient.rows(); ++sample) {
      float* const row = gradient.row(sample);
      if (weights[sample] == 0) {
        std::fill_n(row, outputs_, 0.0f);
        continue;
      }
      const double *along = direction(sample), *slopes = slopes_of(sample);
      const double length = lengths_[static_cast<std::size_t>(sample)];
      double radial = 0;
      for (std::int64_t i = 0; i < outputs_; ++i) radial += slopes[i] * along[i];
      if (length < shortest) radial = 0;
      const double divisor = length < shortest ? shortest : length;
      for (std::int64_t i = 0; i < outputs_; ++i)
        row[i] = treino::fast::normal_or_zero(static_cast<float>((slopes[i] - radial * along[i]) / divisor));
    }
  }

  double gamma_, margin_;
  treino::Reduction reduction_;
  std::int64_t outputs_ = 0;
  std::vector<double> directions_, by_direction_;  // rows x outputs: of length 1; slopes by them
  std::vector<double> lengths_, similarities_,
      slopes_;                         // of each row; of the anchor's pairs: exponents, slopes by the similarity
  std::vector<std::int64_t> counted_;  // samples whose weight is not 0
};

}  // namespace

TREINO_PLUGIN(Circle, R"toml(
kind = "loss"
id = "circle"
version = "1.0.0"
summary = "Circle loss: draws embeddings of one class together and pushes those of others apart."
target = ["index"]
help = """
The outputs are an embedding; s is the cosine of the angle between two of them. Loss of a sample =
  log(1 + sum over others of its class of exp(-gamma [1 + m - s]+ (s - (1 - m))) * sum over other classes of exp(gamma [s + m]+ (s - m)))
with m = margin; 0 where the batch holds none of one of both. As keras.losses.Circle with remove_diagonal = True, which wants embeddings
that are normalized already; here they need not be. The gradient goes through the weights [...]+ too, as there; the authors' own code
holds them constant.
Only pairs within a batch are compared: take batches that hold several samples of each class. The loss of an epoch depends on how samples
fall into batches. A sample of weight 0 is in no pair and may hold anything. Time: batch size squared times outputs."""
[parameters.gamma]
type = "float"
default = 80.0
above = 0.0
doc = "scale of the exponents: the larger, the more the worst pairs count alone"
[parameters.margin]
type = "float"
default = 0.4
min = 0.0
max = 1.0
doc = "similarities should be above 1 - margin within a class, below margin between classes"
)toml" TREINO_REDUCTION_TOML)
