// A metric, over the C++ classes.
#include <treino/metric.hpp>

namespace {

class SamplesSeen final : public treino::Metric {
 public:
  std::vector<treino::MetricValue> values() const override { return {{"samples_seen", treino::Direction::higher}}; }
  void reset() override { seen_ = 0; }
  void update(treino::Matrix<const float> prediction, const treino::Target&, treino::Weights) override {
    seen_ += prediction.rows();
  }
  void compute(double* values) const override { values[0] = static_cast<double>(seen_); }
  void merge(const SamplesSeen& other) { seen_ += other.seen_; }
  void save(treino::Writer& writer) const override { writer.write(seen_); }
  void load(treino::Reader& reader, std::uint32_t) override { reader.read(seen_); }

 private:
  std::int64_t seen_ = 0;
};

}  // namespace

TREINO_PLUGIN(SamplesSeen, R"toml(
kind = "metric"
id = "samples_seen"
version = "1.0.0"
summary = "how many samples there were"
target = ["index", "one_hot", "values"]
)toml")
