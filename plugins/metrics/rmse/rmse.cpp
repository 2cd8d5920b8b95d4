// Root mean squared error, in units of the target. Parameter: average.
// As sklearn.metrics.mean_squared_error with squared = False; with average = "micro" as keras.metrics.RootMeanSquaredError.
#include "shared/metrics/output_metric.hpp"

namespace {

struct Squares {
  double sum = 0, weight = 0;

  void clear() { *this = Squares(); }
  void add(double prediction, double target, double sample_weight) {
    sum += sample_weight * (target - prediction) * (target - prediction);
    weight += sample_weight;
  }
  void merge(const Squares& other) {
    sum += other.sum;
    weight += other.weight;
  }
  void save(treino::Writer& writer) const {
    writer.write(sum);
    writer.write(weight);
  }
  void load(treino::Reader& reader) {
    reader.read(sum);
    reader.read(weight);
  }
  double value() const { return std::sqrt(sum / weight); }
};

class RootMeanSquaredError final : public treino::OutputMetric<Squares> {
 public:
  explicit RootMeanSquaredError(const treino::Setup& setup) : OutputMetric(setup, "rmse", treino::Direction::lower) {}

 protected:
  double averaged() const override {
    if (average() == "uniform") return OutputMetric::averaged();
    Squares all;
    for (const Squares& squares : outputs()) all.merge(squares);
    return all.value();
  }
};

}  // namespace

TREINO_PLUGIN(RootMeanSquaredError, R"toml(
kind = "metric"
id = "rmse"
version = "1.0.0"
summary = "Root mean squared error, in units of the target."
target = ["values", "one_hot"]
scalars = ["rmse", "rmse_*"]
help = """
rmse of an output = sqrt(sum of weight * (target - prediction)^2 / sum of weights); NaN before the first sample
Of several outputs the mean of theirs, as in scikit-learn, or the root of the mean over all (micro), as in Keras.
average = "none" gives a value for each output, called rmse_0, rmse_1 and so on.
Memory: constant (two sums per output)."""
[parameters.average]
type = "string"
default = "uniform"
choices = ["uniform", "micro", "none"]
doc = "uniform: the mean over outputs; micro: the root of the mean over samples and outputs; none: a value for each output"
)toml")
