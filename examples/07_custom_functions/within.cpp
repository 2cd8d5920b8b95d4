// A metric of your own: the share of predictions within `tolerance` of the target. Counts add up, whatever the batches.
#include <treino/metric.hpp>

namespace {

class Within final : public treino::Metric {
 public:
  explicit Within(const treino::Setup& setup) : tolerance_(setup.get<double>("tolerance")) {}

  std::vector<treino::MetricValue> values() const override { return {{"within", treino::Direction::higher}}; }
  void reset() override { inside_ = all_ = 0; }
  void update(treino::Matrix<const float> prediction, const treino::Target& target, treino::Weights weights) override {
    for (std::int64_t row = 0; row < prediction.rows(); ++row) {
      all_ += weights[row];
      if (std::abs(prediction(row, 0) - target.values()(row, 0)) <= tolerance_) inside_ += weights[row];
    }
  }
  void compute(double* values) const override { values[0] = inside_ / all_; }
  void merge(const Within& other) { inside_ += other.inside_, all_ += other.all_; }
  void save(treino::Writer& writer) const override { writer.write(inside_), writer.write(all_); }
  void load(treino::Reader& reader, std::uint32_t) override { reader.read(inside_), reader.read(all_); }

 private:
  double tolerance_, inside_ = 0, all_ = 0;
};

}  // namespace

TREINO_PLUGIN(Within, R"toml(
kind = "metric"
id = "within"
version = "1.0.0"
summary = "share of predictions near enough to the target"
target = ["values"]
parameters.tolerance = { type = "float", required = true, min = 0.0, doc = "how near, in units of the target" }
)toml")
