// A metric whose value is NaN.
#include <treino/metric.hpp>

namespace {

class NanMetric final : public treino::Metric {
 public:
  std::vector<treino::MetricValue> values() const override { return {{"nan_metric", treino::Direction::higher}}; }
  void reset() override {}
  void update(treino::Matrix<const float>, const treino::Target&, treino::Weights) override {}
  void compute(double* values) const override { values[0] = std::nan(""); }
  void merge(const NanMetric&) {}
  void save(treino::Writer&) const override {}
  void load(treino::Reader&, std::uint32_t) override {}
};

}  // namespace

TREINO_PLUGIN(NanMetric, R"toml(
kind = "metric"
id = "nan_metric"
version = "1.0.0"
summary = "NaN"
scalars = ["nan_metric"]
target = ["values", "index", "one_hot"]
)toml")
