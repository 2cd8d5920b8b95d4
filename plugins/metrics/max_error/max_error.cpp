// Max error: the largest |target - prediction| of all samples, in units of the target. Parameter: average.
// As sklearn.metrics.max_error.
#include "shared/metrics/output_metric.hpp"

namespace {

class Largest {
 public:
  void clear() { error_ = std::numeric_limits<double>::quiet_NaN(), seen_ = 0; }
  void add(double prediction, double target, double) { take(std::abs(target - prediction)); }
  void merge(const Largest& other) {
    if (other.seen_ != 0) take(other.error_);
  }
  void save(treino::Writer& writer) const {
    writer.write(error_);
    writer.write(seen_);
  }
  void load(treino::Reader& reader) {
    reader.read(error_);
    reader.read(seen_);
  }
  double value() const { return error_; }

 private:
  // NaN before the first error, and for good after one that is NaN.
  void take(double error) {
    if (seen_ == 0 || error > error_ || std::isnan(error)) error_ = error;
    seen_ = 1;
  }

  double error_ = std::numeric_limits<double>::quiet_NaN();
  std::uint8_t seen_ = 0;
};

class MaxError final : public treino::OutputMetric<Largest> {
 public:
  explicit MaxError(const treino::Setup& setup) : OutputMetric(setup, "max_error", treino::Direction::lower) {}

 protected:
  double averaged() const override {
    double most = outputs().front().value();
    for (const Largest& output : outputs())
      if (output.value() > most || std::isnan(output.value())) most = output.value();
    return most;
  }
};

}  // namespace

TREINO_PLUGIN(MaxError, R"toml(
kind = "metric"
id = "max_error"
version = "1.0.0"
summary = "Largest absolute error, in units of the target."
target = ["values"]
scalars = ["max_error", "max_error_*"]
help = """
max_error of an output = largest |target - prediction| of all samples whose weight is not 0; NaN before the first, and where one is NaN
average = "none" gives a value for each output, called max_error_0, max_error_1 and so on.
Memory: constant (a value per output)."""
[parameters.average]
type = "string"
default = "max"
choices = ["max", "none"]
doc = "max: the largest of all outputs; none: a value for each output"
)toml")
