// For metrics of values that are worked out for each output by itself and then averaged: r2, pearson, ... Their parameter, average,
// is described below: the mean over outputs, or a value for each output, <name>_0, <name>_1, ...
#pragma once
#include <treino/kit/mean_metric.hpp>

namespace treino {
inline namespace sdk0 {

/// Sums is what an output's pairs of prediction and target come to:
///   void add(double prediction, double target, double weight);  void merge(const Sums&);  double value() const;
///   void save(Writer&) const;  void load(Reader&);
/// A new Sums holds nothing.
template <class Sums>
class OutputMetric : public Metric {
 public:
  void prepare(const Problem& problem) override {
    expect_values(problem, name_);
    outputs_.assign(static_cast<std::size_t>(problem.outputs()), Sums());
  }
  std::vector<MetricValue> values() const override {
    if (average_ != "none") return {{name_, direction_}};
    std::vector<MetricValue> values;
    for (std::size_t output = 0; output < outputs_.size(); ++output)
      values.push_back({name_ + "_" + std::to_string(output), direction_});
    return values;
  }
  void reset() override {
    for (Sums& sums : outputs_) sums.clear();
  }
  /// A sample of weight 0 counts for nothing, whatever it holds.
  void update(Matrix<const float> prediction, const Target& target, Weights weights) override {
    for (std::int64_t sample = 0; sample < prediction.rows(); ++sample) {
      const double weight = static_cast<double>(weights[sample]);
      if (weight == 0) continue;
      for (std::int64_t output = 0; output < prediction.columns(); ++output)
        outputs_[static_cast<std::size_t>(output)].add(static_cast<double>(prediction(sample, output)),
                                                       static_cast<double>(target.values()(sample, output)), weight);
    }
  }
  void compute(double* values) const override {
    if (average_ != "none") {
      *values = averaged();
    } else {
      for (const Sums& sums : outputs_) *values++ = sums.value();
    }
  }
  void save(Writer& writer) const override {
    writer.write(std::uint64_t{outputs_.size()});
    for (const Sums& sums : outputs_) sums.save(writer);
  }
  void load(Reader& reader, std::uint32_t /*version*/) override {
    if (reader.get<std::uint64_t>() != outputs_.size())
      throw std::runtime_error("the saved state is of another number of outputs");
    std::vector<Sums> loaded(outputs_.size());
    for (Sums& sums : loaded) sums.load(reader);
    outputs_ = std::move(loaded);
  }
  void merge(const OutputMetric& other) {
    for (std::size_t output = 0; output < outputs_.size(); ++output) outputs_[output].merge(other.outputs_[output]);
  }

 protected:
  OutputMetric(const Setup& setup, std::string name, Direction direction)
      : average_(setup.get<std::string>("average")), name_(std::move(name)), direction_(direction) {}
  const std::string& average() const { return average_; }
  const std::vector<Sums>& outputs() const { return outputs_; }
  /// The one value; the mean over outputs unless overridden.
  virtual double averaged() const {
    double sum = 0;
    for (const Sums& sums : outputs_) sum += sums.value();
    return sum / static_cast<double>(outputs_.size());
  }

 private:
  std::string average_, name_;
  Direction direction_;
  std::vector<Sums> outputs_;
};

}  // namespace sdk0
}  // namespace treino

// The parameters that this header reads, for descriptions: TREINO_PLUGIN(X, R"toml(...)toml" TREINO_OUTPUTS_AVERAGE_TOML).
#define TREINO_OUTPUTS_AVERAGE_TOML     \
  "\n"                                  \
  "[parameters.average]\n"              \
  "type = \"string\"\n"                 \
  "default = \"uniform\"\n"             \
  "choices = [\"uniform\", \"none\"]\n" \
  "doc = \"uniform: the mean over outputs; none: a value for each output\"\n"
