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
  /// The one number; the mean over outputs unless overridden.
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

/// Weighted means, variances and covariance of pairs, one by one (Welford) and merged (Chan, Golub, LeVeque 1979): exact also
/// where the values are far from 0. Divided by the sum of weights, not by one less.
class Moments {
 public:
  void clear() { *this = Moments(); }
  void add(double x, double y, double weight) {
    weight_ += weight;
    const double from_x = x - mean_x_, from_y = y - mean_y_, part = weight / weight_;
    mean_x_ += part * from_x;
    mean_y_ += part * from_y;
    xx_ += weight * from_x * (x - mean_x_);
    yy_ += weight * from_y * (y - mean_y_);
    xy_ += weight * from_x * (y - mean_y_);
  }
  void merge(const Moments& other) {
    if (other.weight_ == 0) return;
    const double all = weight_ + other.weight_, from_x = other.mean_x_ - mean_x_, from_y = other.mean_y_ - mean_y_;
    const double shared = weight_ * (other.weight_ / all), part = other.weight_ / all;
    xx_ += other.xx_ + shared * from_x * from_x;
    yy_ += other.yy_ + shared * from_y * from_y;
    xy_ += other.xy_ + shared * from_x * from_y;
    mean_x_ += part * from_x;
    mean_y_ += part * from_y;
    weight_ = all;
  }
  void save(Writer& writer) const {
    for (const double number : {weight_, mean_x_, mean_y_, xx_, yy_, xy_}) writer.write(number);
  }
  void load(Reader& reader) {
    for (double* number : {&weight_, &mean_x_, &mean_y_, &xx_, &yy_, &xy_}) reader.read(*number);
  }

  double mean_x() const { return mean_x_; }
  double mean_y() const { return mean_y_; }
  double variance_x() const { return xx_ / weight_; }
  double variance_y() const { return yy_ / weight_; }
  double covariance() const { return xy_ / weight_; }
  /// Pearson's coefficient; NaN where x or y does not vary.
  double correlation() const {
    if (xx_ == 0 || yy_ == 0) return std::numeric_limits<double>::quiet_NaN();
    return xy_ / (std::sqrt(xx_) * std::sqrt(yy_));
  }

 private:
  double weight_ = 0, mean_x_ = 0, mean_y_ = 0, xx_ = 0, yy_ = 0, xy_ = 0;
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
  "doc = \"uniform: the mean over outputs; none: a number for each output\"\n"
