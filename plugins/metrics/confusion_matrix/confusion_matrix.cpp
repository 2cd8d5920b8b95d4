// Confusion matrix: how many samples of each class were predicted as each class. Parameters: normalize, threshold, ignore_class.
// As sklearn.metrics.confusion_matrix: a table with a row for each class, and no scalars.
#include "shared/classification/confusion.hpp"

namespace {

class ConfusionMatrix final : public treino::ConfusionMetric {
 public:
  explicit ConfusionMatrix(const treino::Setup& setup)
      : ConfusionMetric(setup, "confusion_matrix"), normalize_(setup.get<std::string>("normalize")) {}

  /// None: what there is to say in one value, accuracy, cohen_kappa and mcc say.
  std::vector<treino::MetricValue> values() const override { return {}; }
  void compute(double*) const override {}
  std::vector<treino::MetricTable> tables() const override {
    treino::MetricTable table{name(), "class", "predicted as", class_names(), class_names(), {}};
    Table whole = Table::Ones(classes(), classes());
    if (normalize_ == "class") whole.colwise() = counts().rowwise().sum();
    if (normalize_ == "answer") whole.rowwise() = counts().colwise().sum();
    if (normalize_ == "all") whole.setConstant(counts().sum());
    const Table shares = (whole.array() == 0).select(0.0, counts().array() / whole.array()).matrix();
    table.values.assign(shares.data(), shares.data() + shares.size());
    return {table};
  }

 private:
  std::vector<std::string> class_names() const {
    std::vector<std::string> names;
    for (std::int64_t label = 0; label < classes(); ++label) names.push_back(class_name(label));
    return names;
  }

  std::string normalize_;
};

}  // namespace

TREINO_PLUGIN(ConfusionMatrix, R"toml(
kind = "metric"
id = "confusion_matrix"
version = "2.0.0"
summary = "Table of how many samples of each class were predicted as each class."
target = ["index", "one_hot", "values"]
scalars = []
help = """
A table with a row for each class and a column for each class as the prediction: the sum of the weights of the samples of that class
that were predicted as that class; with normalize, its part of all of the row's class, of all predictions of the column's class, or of
all samples. 0 where that is 0/0, as in scikit-learn (whose normalize is called "true", "pred" and "all").
It logs no scalars: for a metric to monitor take accuracy, balanced_accuracy, cohen_kappa or mcc, for those of one class recall or
precision with average = "none". At the end of a run the table is printed where it fits on the screen, and written to
confusion_matrix.csv, val_confusion_matrix.csv and test_confusion_matrix.csv in the run's folder; html_report draws it, tensorboard has
an image of it for each epoch, `treino evaluate` prints it.
Memory: constant (classes^2 sums)."""
[parameters.normalize]
type = "string"
default = "none"
choices = ["none", "class", "answer", "all"]
doc = "what the counts are divided by: nothing, the samples of the class, those predicted as the column's class, all"
)toml" TREINO_THRESHOLD_TOML TREINO_IGNORE_CLASS_TOML)
