// Matthews correlation coefficient: the correlation of answers and classes, from -1 to 1, fair also where classes differ much in
// size. Parameters: threshold, zero_division, ignore_class. As sklearn.metrics.matthews_corrcoef. B. W. Matthews, Biochimica et
// Biophysica Acta 405 (1975); of several classes J. Gorodkin, Comput. Biol. Chem. 28 (2004).
#include <Eigen/Core>

#include "shared/classification/classification.hpp"

namespace {

class Mcc final : public treino::CountedMetric {
 public:
  explicit Mcc(const treino::Setup& setup) : CountedMetric(setup, "mcc"), zero_division_(treino::zero_division(setup)) {}
  void prepare(const treino::Problem& problem) override {
    CountedMetric::prepare(problem);
    counts().expect_one_class("mcc");
  }

 protected:
  double value(const treino::ClassCounts& counts) const override {
    Eigen::ArrayXd predicted(counts.classes()), actual(counts.classes());
    for (Eigen::Index label = 0; label < counts.classes(); ++label) {
      predicted(label) = counts.of(label).predicted;
      actual(label) = counts.of(label).actual;
    }
    const double all = counts.answers();
    const double spread_predicted = (predicted * (all - predicted)).sum(), spread_actual = (actual * (all - actual)).sum();
    if (spread_predicted == 0 || spread_actual == 0) return zero_division_;
    return (counts.right() * all - (predicted * actual).sum()) / (std::sqrt(spread_predicted) * std::sqrt(spread_actual));
  }

 private:
  double zero_division_;
};

}  // namespace

TREINO_PLUGIN(Mcc, R"toml(
kind = "metric"
id = "mcc"
version = "1.1.0"
summary = "Matthews correlation coefficient."
target = ["index", "one_hot", "values"]
help = """
mcc = (c s - sum of p_k t_k) / sqrt((s^2 - sum of p_k^2) (s^2 - sum of t_k^2)), with the weight s of all samples, c of those answered
right, p_k of those predicted as class k and t_k of those that are; of two classes
(TP TN - FP FN) / sqrt((TP + FP) (TP + FN) (TN + FP) (TN + FN))
Memory: constant (three sums per class)."""
)toml" TREINO_THRESHOLD_TOML TREINO_IGNORE_CLASS_TOML
                       TREINO_ZERO_DIVISION_TOML("0", "value where all samples are of one class or all answers are the same"))
