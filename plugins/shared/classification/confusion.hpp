// For metrics of which class was taken for which: the whole table of predictions. Needs Eigen.
#pragma once
#include <Eigen/Core>

#include "shared/classification/predictions.hpp"

namespace treino {
inline namespace sdk0 {

/// Weighted counts by class and answer: derive, say values() and compute().
class ConfusionMetric : public Metric {
 public:
  void prepare(const Problem& problem) override {
    answers_.prepare(problem, name_);
    answers_.expect_one(name_);
    counts_ = Table::Zero(classes(), classes());
  }
  void reset() override { counts_.setZero(); }
  /// A sample of weight 0 counts for nothing. Throws std::domain_error where a target is no class.
  void update(Matrix<const float> prediction, const Target& target, Weights weights) override {
    for (std::int64_t sample = 0; sample < prediction.rows(); ++sample) {
      const double weight = static_cast<double>(weights[sample]);
      if (weight == 0) continue;
      const std::int64_t actual = class_of(target, sample, classes());
      counts_(actual, answers_.answer(prediction.row(sample))) += weight;
    }
  }
  void save(Writer& writer) const override { writer.write(std::vector<double>(counts_.data(), counts_.data() + counts_.size())); }
  void load(Reader& reader, std::uint32_t /*version*/) override {
    const auto counts = reader.get<std::vector<double>>();
    if (counts.size() != static_cast<std::size_t>(counts_.size()))
      throw std::runtime_error("the saved counts are of another number of classes");
    counts_ = Eigen::Map<const Table>(counts.data(), classes(), classes());
  }
  void merge(const ConfusionMetric& other) { counts_ += other.counts_; }

  /// The weight of the samples of a row's class that were predicted as a column's.
  using Table = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

 protected:
  ConfusionMetric(const Setup& setup, std::string name) : name_(std::move(name)), answers_(setup.find<double>("threshold")) {}
  const std::string& name() const { return name_; }
  std::int64_t classes() const { return answers_.classes(); }
  const std::string& class_name(std::int64_t label) const { return answers_.class_name(label); }
  const Table& counts() const { return counts_; }

 private:
  std::string name_;
  Answers answers_;
  Table counts_;
};

}  // namespace sdk0
}  // namespace treino
