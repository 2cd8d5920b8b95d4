// Classification report: precision, recall, F1 and number of samples of each class, and their means. Parameters: digits,
// threshold, zero_division, ignore_class. As sklearn.metrics.classification_report; the table is the metric's report.
#include <treino/kit/text.hpp>

#include "shared/classification/classification.hpp"
#include "shared/drawing/text_table.hpp"

namespace {

class ClassificationReport final : public treino::Metric {
 public:
  explicit ClassificationReport(const treino::Setup& setup)
      : counts_(setup.find<double>("threshold")),
        zero_division_(treino::zero_division(setup)),
        digits_(setup.get<int>("digits")) {}

  void prepare(const treino::Problem& problem) override { counts_.prepare(problem, "classification_report"); }
  std::vector<treino::MetricValue> values() const override {
    std::vector<treino::MetricValue> values;
    for (const char* mean : {"micro", "macro", "weighted"})
      for (const char* ratio : {"_precision", "_recall", "_f1"})
        if (counts_.together() || std::string(mean) != "micro")
          values.push_back({std::string(mean) + ratio, treino::Direction::higher});
    return values;
  }
  void reset() override { counts_.reset(); }
  void update(treino::Matrix<const float> prediction, const treino::Target& target, treino::Weights weights) override {
    counts_.update(prediction, target, weights);
  }
  void compute(double* values) const override {
    for (const Line& line : lines())
      for (int ratio = 0; ratio < 3 && !line.is_class; ++ratio) *values++ = line.ratios[ratio];
  }
  std::vector<treino::MetricTable> tables() const override {
    treino::MetricTable table{"classification_report", "class", "", {}, {"precision", "recall", "f1", "support"}, {}};
    for (const Line& line : lines()) {
      table.rows.push_back(line.name);
      table.values.insert(table.values.end(), {line.ratios[0], line.ratios[1], line.ratios[2], line.support});
    }
    return {table};
  }
  void save(treino::Writer& writer) const override { counts_.save(writer); }
  void load(treino::Reader& reader, std::uint32_t) override { counts_.load(reader); }
  void merge(const ClassificationReport& other) { counts_.merge(other.counts_); }

  std::string report() const override {
    std::vector<std::vector<std::string>> rows{{"", "precision", "recall", "f1", "support"}};
    for (const Line& line : lines()) {
      rows.push_back({line.name});
      for (const double ratio : line.ratios) rows.back().push_back(treino::fixed_text(ratio, digits_));
      rows.back().push_back(treino::fixed_text(line.support, line.support == std::floor(line.support) ? 0 : digits_));
    }
    const std::string accuracy = treino::fixed_text(counts_.right() / counts_.answers(), digits_);
    rows.push_back({"accuracy", "", "", accuracy, rows.back().back()});
    return treino::text_table(rows);
  }

 private:
  struct Line {
    std::string name;
    double ratios[3];  // precision, recall, f1
    double support;
    bool is_class;
  };

  double divided(double numerator, double denominator) const {
    return denominator == 0 ? zero_division_ : numerator / denominator;
  }
  Line line(std::string name, const treino::ClassCounts::Counts& counts, bool is_class) const {
    return {std::move(name),
            {divided(counts.hits, counts.predicted), divided(counts.hits, counts.actual),
             divided(2 * counts.hits, counts.predicted + counts.actual)},
            counts.actual,
            is_class};
  }
  /// Over the first lines, one for each class; undefined ratios that zero_division makes NaN are left out.
  Line mean(std::string name, const std::vector<Line>& lines, bool weighted) const {
    Line mean{std::move(name), {0, 0, 0}, counts_.sum().actual, false};
    for (int ratio = 0; ratio < 3; ++ratio) {
      double sum = 0, weights = 0;
      for (const Line& line : lines) {
        if (!line.is_class || std::isnan(line.ratios[ratio])) continue;
        sum += (weighted ? line.support : 1) * line.ratios[ratio];
        weights += weighted ? line.support : 1;
      }
      mean.ratios[ratio] = divided(sum, weights);
    }
    return mean;
  }
  std::vector<Line> lines() const {
    std::vector<Line> lines;
    for (std::int64_t label = 0; label < counts_.classes(); ++label)
      lines.push_back(line(counts_.class_name(label), counts_.of(label), true));
    // Of one answer a sample, micro is the accuracy three times.
    if (counts_.together()) lines.push_back(line("micro", counts_.sum(), false));
    const Line macro = mean("macro", lines, false), weighted = mean("weighted", lines, true);
    lines.push_back(macro);
    lines.push_back(weighted);
    return lines;
  }

  treino::ClassCounts counts_;
  double zero_division_;
  int digits_;
};

}  // namespace

TREINO_PLUGIN(ClassificationReport, R"toml(
kind = "metric"
id = "classification_report"
version = "2.0.0"
summary = "Table of precision, recall, F1 and support of each class."
target = ["index", "one_hot", "values"]
scalars = ["*_precision", "*_recall", "*_f1"]
help = """
A table with a row for each class: precision, recall, F1 and support (the weight of its samples); then the means over classes, plain
(macro) and by support (weighted), and micro where classes may hold together. Scalars are the means' alone: macro_precision,
macro_recall, macro_f1, the same with weighted_ and, where there is one, micro_; for those of a class take precision, recall or f1 with
average = "none". At the end of a run the table is printed where it fits, and written to classification_report.csv in the run's folder
(val_..., test_...); `treino evaluate` prints it.
As sklearn.metrics.classification_report. Classes with nothing to divide count with zero_division ("nan": are left out of the means).
Memory: constant (three sums per class)."""
[parameters.digits]
type = "int"
default = 3
min = 0
max = 17
doc = "decimals of the ratios in the table; the values themselves are not rounded"
)toml" TREINO_THRESHOLD_TOML TREINO_IGNORE_CLASS_TOML TREINO_ZERO_DIVISION_TOML("0", "a ratio with nothing to divide"))
