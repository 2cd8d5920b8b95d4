// Area under the ROC curve (or the precision-recall curve): the part of the pairs of a sample of the class and another one in which
// the former has the higher score; pairs of equal scores count half. Parameters: curve, summation_method, thresholds, average,
// label_weights, class_id, bins, zero_division, ignore_class. As keras.metrics.AUC, of all thresholds where none are given; as
// sklearn.metrics.roc_auc_score, with multi_class = "ovr" of more than two classes, and auc(precision_recall_curve). J. A. Hanley,
// B. J. McNeil, The Meaning and Use of the Area under a ROC Curve, Radiology 143 (1982).
#include "shared/classification/ranking_curve.hpp"

namespace {

class Auc final : public treino::CurveMetric {
 public:
  explicit Auc(const treino::Setup& setup)
      : CurveMetric(setup, "auc"),
        roc_(setup.get<std::string>("curve") == "roc"),
        method_(setup.get<std::string>("summation_method")) {}

 protected:
  std::optional<double> value(const treino::RocCurve& curve) const override {
    return roc_ ? roc(curve) : precision_recall(curve);
  }

 private:
  std::optional<double> roc(const treino::RocCurve& curve) const {
    const double pairs = curve.positives() * curve.negatives();
    if (pairs == 0) return std::nullopt;
    double area = 0;
    curve.follow([&](const treino::CurvePoint& before, const treino::CurvePoint& here) {
      area += (here.false_positives - before.false_positives) * height(before.true_positives, here.true_positives);
    });
    return area / pairs;
  }
  std::optional<double> precision_recall(const treino::RocCurve& curve) const {
    if (curve.positives() == 0) return std::nullopt;
    double precision = method_ == "interpolation" ? 1 : 0, area = 0;
    curve.follow([&](const treino::CurvePoint& before, const treino::CurvePoint& here) {
      const double next = here.precision().value();
      area += (here.true_positives - before.true_positives) * height(precision, next);
      precision = next;
    });
    return area / curve.positives();
  }
  /// Of the rectangle that stands for what lies between two points of the curve.
  double height(double left, double right) const {
    if (method_ == "minoring") return std::min(left, right);
    return method_ == "majoring" ? std::max(left, right) : (left + right) / 2;
  }

  bool roc_;
  std::string method_;
};

}  // namespace

TREINO_PLUGIN(Auc, R"toml(
kind = "metric"
id = "auc"
version = "1.1.0"
summary = "Area under the ROC curve or the precision-recall curve, exact or in bins."
target = ["index", "one_hot", "values"]
scalars = ["auc", "auc_*"]
help = """
roc: over all pairs of a positive and a negative sample, the weight of those where the positive one scores higher, and half of those
that tie, over the weight of all. pr: trapezoids under precision over recall, from recall 0 with precision 1 on; for the sum of steps
take average_precision. summation_method as in Keras: minoring and majoring take the lower and the higher of two neighboring points in
place of their mean, and of pr precision 0 at recall 0. Keras' interpolation of pr follows hyperbolas between thresholds, this one lines.
With `thresholds` the curve has a point for each of them, where the scores above it are predicted as the class, and the two ends.
Scores are the outputs (of logits of a choice: the log-odds of the class), kept as 4-byte floats; equal ones are one threshold.
More than two classes: each against the rest, then averaged. average = "none" gives a value for each class, called auc_ and
the class's name, as class_id does for one. NaN where a score is NaN.
Memory: 5 bytes per sample and class (of two classes: of one) and 4 a sample; with `bins`, constant: 16 bytes per bin and class, where what
falls in one bin counts as equal (a bin holds its lower edge, the last one 1 as well; Keras counts by thresholds between its bins, so that
scores on an edge may fall otherwise). Computing sorts what is kept: where a live display asks for it after every batch, take bins.
"""
[parameters.curve]
type = "string"
default = "roc"
choices = ["roc", "pr"]
doc = "roc: true positives over false positives; pr: precision over recall"
[parameters.summation_method]
type = "string"
default = "interpolation"
choices = ["interpolation", "minoring", "majoring"]
doc = "height of the curve between two points: the mean of both, the lower or the higher one"
[parameters.thresholds]
type = "list"
items = "float"
min = 0.0
max = 1.0
doc = "scores (of logits: probabilities) at which the curve is taken, in any order, instead of at all scores; excludes bins"
[parameters.label_weights]
type = "list"
items = "float"
min = 0.0
doc = "of average = \"macro\": the weight of each class in the mean, one value per class; 1 each where not given"
)toml" TREINO_CURVE_AVERAGE_TOML TREINO_CLASS_ID_TOML TREINO_BINS_TOML TREINO_IGNORE_CLASS_TOML TREINO_ZERO_DIVISION_TOML(
                       "nan", "area where there are no samples of a class, or (roc) no others; nan: left out of the mean"))
