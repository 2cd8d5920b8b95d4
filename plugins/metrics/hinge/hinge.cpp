// Hinge: how much the margin between the right answer and the others falls short of 1. No parameters.
// As sklearn.metrics.hinge_loss, of values as keras.metrics.Hinge.
// K. Crammer, Y. Singer, On the Algorithmic Implementation of Multiclass Kernel-based Vector Machines, JMLR 2 (2001).
#include <treino/answers.hpp>
#include <treino/mean_metric.hpp>

namespace {

class Hinge final : public treino::MeanMetric {
 public:
  Hinge() : MeanMetric("hinge", treino::Direction::lower) {}
  void prepare(const treino::Problem& problem) override {
    if (problem.target_is_values()) {
      problem.expect_an_output_a_column();
    } else {
      treino::expect_classes(problem, "hinge");
    }
    values_ = problem.target_is_values();
  }

 protected:
  std::optional<double> number(const treino::Matrix<const float>& prediction, const treino::Target& target,
                               std::int64_t sample) override {
    const float* row = prediction.row(sample);
    const std::int64_t outputs = prediction.columns();
    if (values_) {
      const float* wanted = target.values().row(sample);
      const double sum = treino::sum_of(outputs, [=](std::int64_t i) { return shortfall(wanted[i] > 0 ? row[i] : -row[i]); });
      return sum / static_cast<double>(outputs);
    }
    const std::int64_t label = treino::class_of(target, sample, std::max<std::int64_t>(2, outputs));
    if (outputs == 1) return shortfall(label == 1 ? row[0] : -row[0]);
    double others = -std::numeric_limits<double>::infinity();
    for (std::int64_t i = 0; i < outputs; ++i)
      if (i != label && (row[i] > others || std::isnan(row[i]))) others = static_cast<double>(row[i]);
    return shortfall(static_cast<double>(row[label]) - others);
  }

 private:
  // Not std::max(0.0, ...), which would make 0 of NaN.
  static double shortfall(double margin) { return margin > 1 ? 0 : 1 - margin; }

  bool values_ = false;
};

}  // namespace

TREINO_PLUGIN(Hinge, R"toml(
kind = "metric"
id = "hinge"
version = "1.0.0"
summary = "how much the margin of the right answer falls short of 1"
target = ["index", "one_hot", "values"]
help = """
hinge = sum over samples of weight * max(0, 1 - margin) / sum of weights; NaN before the first sample
margin of classes: the output of the right class less the largest other one; with one output: that output, its sign changed for class 0
of values: the mean over outputs, with margin = y * prediction, y = 1 where the target is above 0, else -1
Memory: constant (two sums)."""
)toml")
