// The mean error of one output with the fault that FAULT names.
#include <string_view>
#include <treino/metric.hpp>

namespace {

constexpr std::string_view fault = FAULT;

class FaultyMetric final : public treino::Metric {
 public:
  std::vector<treino::MetricValue> values() const override { return {{"faulty_metric", treino::Direction::lower}}; }
  void reset() override {
    sum_ = weight_ = 0;
    kept_.clear();
  }
  void update(treino::Matrix<const float> prediction, const treino::Target& target, treino::Weights weights) override {
    std::vector<double> errors(fault == "allocates" ? 8 : 0);
    double sum = 0, weight = 0;
    for (std::int64_t sample = 0; sample < prediction.rows(); ++sample) {
      const double sample_weight = static_cast<double>(weights[sample]);
      if (sample_weight == 0) continue;  // its prediction may be NaN
      sum += sample_weight * static_cast<double>(prediction(sample, 0) - target.values()(sample, 0));
      weight += sample_weight;
      if (fault == "hoards" || fault == "crawls") kept_.push_back(prediction(sample, 0));
    }
    if (fault == "crawls") kept_.shrink_to_fit();
    const double batch = fault == "averages" && weight != 0 ? weight : 1;
    sum_ += sum / batch;
    weight_ += weight / batch;
  }
  void compute(double* values) const override {
    *values = sum_ / weight_;
    if (fault == "spends") weight_ *= 2;
  }
  void save(treino::Writer& writer) const override {
    writer.write(sum_);
    writer.write(weight_);
    writer.write(kept_);
  }
  void load(treino::Reader& reader, std::uint32_t) override {
    const auto sum = reader.get<double>(), weight = reader.get<double>();
    reader.read(kept_);
    sum_ = sum;
    weight_ = fault == "forgets" ? 0 : weight;
  }
  void merge(const FaultyMetric& other) {
    sum_ = fault == "replaces" ? other.sum_ : sum_ + other.sum_;
    weight_ += other.weight_;
    kept_.insert(kept_.end(), other.kept_.begin(), other.kept_.end());
  }

 private:
  double sum_ = 0;
  mutable double weight_ = 0;
  std::vector<float> kept_;
};

}  // namespace

TREINO_PLUGIN(FaultyMetric, R"toml(
kind = "metric"
id = "faulty_metric"
version = "1.0.0"
summary = "mean error, with a fault"
target = ["values"]
help = "For the tests of the conformance program."
)toml")
