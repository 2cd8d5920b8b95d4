// Perplexity: e to the mean cross-entropy: among how many equally likely classes the model seems to choose. Parameter:
// ignore_index. F. Jelinek et al., Perplexity - a measure of the difficulty of speech recognition tasks, J. Acoust. Soc. Am. 62
// (1977).
#include <treino/kit/mean_metric.hpp>

#include "shared/classification/probability.hpp"

namespace {

class Perplexity final : public treino::MeanMetric {
 public:
  explicit Perplexity(const treino::Setup& setup)
      : MeanMetric("perplexity", treino::Direction::lower), ignore_index_(setup.find<std::int64_t>("ignore_index")) {}
  void prepare(const treino::Problem& problem) override {
    probabilities_.prepare(problem, "perplexity");
    probabilities_.expect_choice("perplexity");
    if (ignore_index_ && !problem.target_is_index())
      throw std::invalid_argument(
          "perplexity: ignore_index is of class indices, and the target is rows: leave it out, or give those "
          "samples the weight 0");
  }

  bool ignores(const treino::Target& target, std::int64_t sample) const override {
    return ignore_index_ && target.index(sample) == *ignore_index_;
  }

 protected:
  std::optional<double> number(const treino::Matrix<const float>& prediction, const treino::Target& target,
                               std::int64_t sample) override {
    if (ignores(target, sample)) return std::nullopt;
    if (target.is_index()) treino::class_of(target, sample, probabilities_.classes());
    probabilities_.look_at(prediction.row(sample));
    double sum = 0;
    for (std::int64_t label = 0; label < probabilities_.classes(); ++label) {
      const double part = treino::part_of(target, sample, label);
      if (part != 0) sum -= part * probabilities_.log_of(label, 0);
    }
    return sum;
  }
  double finished(double mean) const override { return std::exp(mean); }

 private:
  std::optional<std::int64_t> ignore_index_;
  treino::Probabilities probabilities_;
};

}  // namespace

TREINO_PLUGIN(Perplexity, R"toml(
kind = "metric"
id = "perplexity"
version = "1.0.0"
summary = "Exponential of the mean cross-entropy."
target = ["index", "one_hot", "values"]
help = """
perplexity = exp(sum over samples of weight * (- sum over classes of t log p) / sum of weights); NaN before the first sample
with the target's probabilities t (a class index: all on that class; a single column: of class 1) and the predicted ones p, of logits by
softmax. 1: always sure and right; the number of classes: no idea. A probability of 0 where it is needed makes it infinite.
Memory: constant (two sums)."""
[parameters.ignore_index]
type = "int"
doc = "class index whose samples are left out, -1 say (padding); none where it is not given"
)toml")
