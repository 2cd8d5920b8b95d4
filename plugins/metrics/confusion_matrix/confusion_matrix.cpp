// Confusion matrix: how many samples of each class were answered to be of each class. Parameters: normalize, threshold.
// As sklearn.metrics.confusion_matrix; one number for each pair of classes, and the whole table as the metric's report.
#include <treino/confusion.hpp>
#include <treino/text_table.hpp>

namespace {

class ConfusionMatrix final : public treino::ConfusionMetric {
 public:
  explicit ConfusionMatrix(const treino::Setup& setup)
      : ConfusionMetric(setup, "confusion_matrix"), normalize_(setup.get<std::string>("normalize")) {}

  std::vector<treino::MetricValue> values() const override {
    std::vector<treino::MetricValue> values;
    for (std::int64_t label = 0; label < classes(); ++label)
      for (std::int64_t answer = 0; answer < classes(); ++answer)
        values.push_back({name() + "_" + class_name(label) + "_as_" + class_name(answer),
                          label == answer ? treino::Direction::higher : treino::Direction::lower});
    return values;
  }
  void compute(double* values) const override {
    for (std::int64_t label = 0; label < classes(); ++label)
      for (std::int64_t answer = 0; answer < classes(); ++answer) *values++ = cell(label, answer);
  }
  /// Rows are classes, columns are answers.
  std::string report() const override {
    std::vector<std::vector<std::string>> rows(1, {"class \\ answer"});
    for (std::int64_t label = 0; label < classes(); ++label) {
      rows.front().push_back(class_name(label));
      rows.push_back({class_name(label)});
      for (std::int64_t answer = 0; answer < classes(); ++answer) rows.back().push_back(text(cell(label, answer)));
    }
    return treino::text_table(rows);
  }

 private:
  double cell(std::int64_t label, std::int64_t answer) const {
    const double whole = normalize_ == "none"     ? 1
                         : normalize_ == "class"  ? actual(label)
                         : normalize_ == "answer" ? answered(answer)
                                                  : all();
    return whole == 0 ? 0 : count(label, answer) / whole;
  }
  static std::string text(double value) { return treino::fixed_text(value, value == std::floor(value) ? 0 : 3); }

  std::string normalize_;
};

}  // namespace

TREINO_PLUGIN(ConfusionMatrix, R"toml(
kind = "metric"
id = "confusion_matrix"
version = "1.0.0"
summary = "how many samples of each class were answered to be of each class"
target = ["index", "one_hot", "values"]
emits = ["confusion_matrix_*"]
help = """
A number for each class and each answer, called confusion_matrix_<class>_as_<answer>: the sum of the weights of the samples of that
class that got that answer; with normalize, its part of all of that class, of that answer, or of all. 0 where that is 0/0, as in
scikit-learn (whose normalize is called "true", "pred" and "all"). `treino evaluate` prints the table.
Memory: constant (classes^2 sums)."""
[parameters.normalize]
type = "string"
default = "none"
choices = ["none", "class", "answer", "all"]
doc = "what the counts are divided by: nothing, the samples of the class, those of the answer, all"
[parameters.threshold]
type = "float"
min = 0.0
max = 1.0
doc = "probability above which an answer is yes; 0.5 where it is not given"
)toml")
