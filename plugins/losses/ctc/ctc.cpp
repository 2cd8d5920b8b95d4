// Connectionist temporal classification: how surprised the model is by a sequence of labels that is shorter than its own, whichever
// way the labels are spread over the time steps. Parameters: classes, zero_infinity, reduction. As keras.losses.CTC, of the time
// steps in a row. A. Graves et al., Connectionist Temporal Classification: Labelling Unsegmented Sequence Data with Recurrent
// Neural Networks, ICML 2006.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <treino/kit/fast_math.hpp>
#include <treino/kit/reduction.hpp>
#include <treino/loss.hpp>

namespace {

class Ctc final : public treino::Loss {
 public:
  explicit Ctc(const treino::Setup& setup)
      : classes_(setup.get<std::int64_t>("classes")), zero_infinity_(setup.get<bool>("zero_infinity")), reduction_(setup) {}

  void prepare(const treino::Problem& problem) override {
    if (!problem.target_is_values())
      refuse("it needs values as target, a column for each label, not classes: set target_kind = \"values\"");
    if (problem.predicts_probabilities()) refuse("it takes logits, the model gives probabilities: drop its last layer");
    if (problem.outputs() % classes_ != 0)
      refuse("the model has " + std::to_string(problem.outputs()) + " outputs, which is no multiple of classes = " +
             std::to_string(classes_) + ": give its last layer steps * classes units");
    steps_ = problem.outputs() / classes_;
    const auto states = static_cast<std::size_t>(2 * problem.target_columns() + 1);
    labels_.reserve(states);
    logs_.resize(static_cast<std::size_t>(problem.outputs()));
    forward_.resize(static_cast<std::size_t>(steps_) * states);
    backward_.resize(states);
    next_.resize(states);
    expected_.resize(static_cast<std::size_t>(classes_));
  }

  /// Throws std::domain_error where a target is no sequence of labels. A sample of weight 0 counts for nothing.
  treino::LossValue evaluate(treino::Matrix<const float> prediction, const treino::Target& target, treino::Weights weights,
                             treino::Matrix<float> gradient) override {
    const double weight = reduction_.weight(prediction.rows(), weights), scale = treino::Reduction::scale(weight);
    double sum = 0;
    for (std::int64_t sample = 0; sample < prediction.rows(); ++sample) {
      float* const slopes = gradient ? gradient.row(sample) : nullptr;
      if (weights[sample] == 0) {
        if (slopes != nullptr) std::fill_n(slopes, prediction.columns(), 0.0f);
        continue;
      }
      const auto share = static_cast<double>(weights[sample]);
      take_labels(target.values().row(sample), target.values().columns(), sample);
      sum += share * of_sample(prediction.row(sample), slopes, scale * share);
    }
    return {sum, weight};
  }

 private:
  static constexpr double impossible = -std::numeric_limits<double>::infinity();
  static constexpr std::int64_t blank = 0;

  [[noreturn]] static void refuse(const std::string& why) { throw std::invalid_argument("ctc: " + why); }

  [[noreturn]] static void refuse_label(float value, std::int64_t sample, std::int64_t column, const std::string& why) {
    char number[32];
    std::snprintf(number, sizeof number, "%g", static_cast<double>(value));
    throw std::domain_error("target of sample " + std::to_string(sample) + ", column " + std::to_string(column) + ", is " +
                            number + ": " + why);
  }

  /// Logarithms of sums, of impossible terms too.
  static double add(double a, double b) {
    if (a < b) std::swap(a, b);
    return b == impossible ? a : a + std::log1p(std::exp(b - a));
  }

  /// labels_: those of the row up to the first blank, with a blank before, between and after them.
  void take_labels(const float* row, std::int64_t columns, std::int64_t sample) {
    labels_.assign(1, blank);
    bool ended = false;
    for (std::int64_t i = 0; i < columns; ++i) {
      const float value = row[i];
      if (!(value >= 0 && value < static_cast<float>(classes_)) || value != std::floor(value))
        refuse_label(value, sample, i,
                     "expected a label from 1 to " + std::to_string(classes_ - 1) + ", or 0 after the last one");
      if (ended && value != 0) refuse_label(value, sample, i, "it comes after a 0, which ends the labels: give them first");
      ended = ended || value == 0;
      if (ended) continue;
      labels_.push_back(static_cast<std::int64_t>(value));
      labels_.push_back(blank);
    }
  }

  double log_of(std::int64_t step, std::size_t state) const {
    return logs_[static_cast<std::size_t>(step * classes_ + labels_[state])];
  }
  /// Whether a path may leave out the blank before a label: not between two equal ones.
  bool skips(std::size_t state) const { return state >= 2 && labels_[state] != blank && labels_[state] != labels_[state - 2]; }

  double of_sample(const float* logits, float* slopes, double scale) {
    for (std::int64_t step = 0; step < steps_; ++step)
      take_logs(logits + step * classes_, &logs_[static_cast<std::size_t>(step * classes_)]);
    const double likelihood = go_forward();
    const bool none = likelihood == impossible;
    if (slopes != nullptr && none)
      std::fill_n(slopes, steps_ * classes_, zero_infinity_ ? 0.0f : std::numeric_limits<float>::quiet_NaN());
    if (slopes != nullptr && !none) go_backward(likelihood, slopes, scale);
    return none && zero_infinity_ ? 0 : -likelihood;
  }
  void take_logs(const float* logits, double* to) const {
    double top = static_cast<double>(logits[0]), sum = 0;
    for (std::int64_t i = 1; i < classes_; ++i) top = std::max(top, static_cast<double>(logits[i]));
    for (std::int64_t i = 0; i < classes_; ++i) sum += std::exp(static_cast<double>(logits[i]) - top);
    const double log_sum = std::log(sum);
    for (std::int64_t i = 0; i < classes_; ++i) to[i] = static_cast<double>(logits[i]) - top - log_sum;
  }
  /// The logarithm of the probability of all paths together. forward_[step][state]: of the paths that are in the state at that
  /// step.
  double go_forward() {
    const std::size_t states = labels_.size();
    for (std::int64_t step = 0; step < steps_; ++step) {
      double* const here = &forward_[static_cast<std::size_t>(step) * states];
      for (std::size_t state = 0; state < states; ++state) {
        double sum = step == 0 ? (state < 2 ? 0 : impossible) : here[state - states];
        if (step > 0 && state >= 1) sum = add(sum, here[state - states - 1]);
        if (step > 0 && skips(state)) sum = add(sum, here[state - states - 2]);
        here[state] = sum + log_of(step, state);
      }
    }
    const double* const last = &forward_[static_cast<std::size_t>(steps_ - 1) * states];
    return states == 1 ? last[0] : add(last[states - 1], last[states - 2]);
  }
  /// The gradient by a logit: its probability less the part of the paths that pass through its label at its step.
  void go_backward(double likelihood, float* slopes, double scale) {
    const std::size_t states = labels_.size();
    for (std::size_t state = 0; state < states; ++state) backward_[state] = state + 2 >= states ? 0 : impossible;
    for (std::int64_t step = steps_ - 1; step >= 0; --step) {
      const double* const here = &forward_[static_cast<std::size_t>(step) * states];
      std::fill(expected_.begin(), expected_.end(), 0.0);
      for (std::size_t state = 0; state < states; ++state)
        expected_[static_cast<std::size_t>(labels_[state])] += std::exp(here[state] + backward_[state] - likelihood);
      for (std::int64_t i = 0; i < classes_; ++i) {
        const double probability = std::exp(logs_[static_cast<std::size_t>(step * classes_ + i)]);
        slopes[step * classes_ + i] =
            treino::fast::normal_or_zero(static_cast<float>(scale * (probability - expected_[static_cast<std::size_t>(i)])));
      }
      if (step > 0) step_back(step);
    }
  }
  /// backward_ of the step before: of the paths from a state on, without what it gives itself.
  void step_back(std::int64_t step) {
    const std::size_t states = labels_.size();
    for (std::size_t state = 0; state < states; ++state) next_[state] = backward_[state] + log_of(step, state);
    for (std::size_t state = 0; state < states; ++state) {
      double sum = next_[state];
      if (state + 1 < states) sum = add(sum, next_[state + 1]);
      if (state + 2 < states && skips(state + 2)) sum = add(sum, next_[state + 2]);
      backward_[state] = sum;
    }
  }

  std::int64_t classes_;
  bool zero_infinity_;
  treino::Reduction reduction_;
  std::int64_t steps_ = 0;
  // Of one sample.
  std::vector<std::int64_t> labels_;               // of the states
  std::vector<double> logs_;                       // steps x classes: logarithms of the probabilities
  std::vector<double> forward_, backward_, next_;  // steps x states; states
  std::vector<double> expected_;                   // of each class
};

}  // namespace

TREINO_PLUGIN(Ctc, R"toml(
kind = "loss"
id = "ctc"
version = "1.0.0"
summary = "Connectionist temporal classification, for sequences whose labels are not aligned with the time steps."
target = ["values"]
help = """
The outputs are logits of time steps in a row, `classes` for each: those of step 0, of step 1, and so on. The target's columns hold the
labels of a sample, from 1 on, in order; 0 is the blank, and fills the columns after the last label, as in Keras.
loss of a sample = -log of the sum, over all ways to write its labels into the steps, of the product of the steps' probabilities: between
labels there may be blanks, a label may be repeated, and between two equal labels there has to be a blank.
gradient by a logit = its probability less the part of these ways that have its label at its step
All steps count, as in keras.losses.CTC: lengths of the inputs, as torch.nn.CTCLoss takes them, are not handed to a loss. With reduction
"mean" torch divides by the number of labels too. A sample of weight 0 may hold anything. Time: steps times labels."""
[parameters.classes]
type = "int"
required = true
min = 2
max = 1000000
doc = "number of labels, the blank included: outputs of each time step"
[parameters.zero_infinity]
type = "bool"
default = false
doc = "a sample whose labels do not fit into the steps counts as 0, as in torch; false: its loss is infinite"
)toml" TREINO_REDUCTION_TOML)
