// Binary cross-entropy: each output answers a yes/no question of its own; a sample's loss is the mean over them. Targets are the
// answers, 0 to 1, or, with one output, the index of one of two classes. As torch.nn.BCEWithLogitsLoss and
// keras.losses.BinaryCrossentropy. Parameters: from_logits, pos_weight, label_smoothing, reduction.
#include <treino/answers_loss.hpp>

namespace {

struct BinaryCrossEntropy : treino::AnswersCurve {
  using Real = float;
  static constexpr const char* name = "binary_cross_entropy";
  explicit BinaryCrossEntropy(const treino::Setup& setup)
      : AnswersCurve(setup), given(setup.get<std::vector<float>>("pos_weight")), smoothing(setup.get<float>("label_smoothing")) {}

  void prepare(const treino::Problem& problem, const char* loss) {
    AnswersCurve::prepare(problem, loss);
    const auto outputs = static_cast<std::size_t>(problem.outputs());
    if (given.size() != 1 && given.size() != outputs)
      throw std::invalid_argument("binary_cross_entropy: pos_weight has " + std::to_string(given.size()) +
                                  " entries, the model has " + std::to_string(outputs) + " outputs: give one or one for each");
    pos_weight = given.size() == 1 ? std::vector<float>(outputs, given[0]) : given;
  }
  treino::Term<float> at(float prediction, float target, std::int64_t output) const {
    const float yes = (1 - smoothing) * target + smoothing / 2, no = 1 - yes;
    const float yes_weight = yes * pos_weight.data()[output];
    return from_logits ? of_logit(prediction, yes_weight, no) : of_probability(prediction, yes_weight, no);
  }

 private:
  /// -yes log sigmoid(z) - no log(1 - sigmoid(z)), with the exponential of -|z| only: nothing overflows, nothing cancels.
  TREINO_ALWAYS_INLINE static treino::Term<float> of_logit(float z, float yes, float no) {
    const float size = std::abs(z), small = treino::fast::exp(-size), rest = treino::fast::log1p_up_to_one(small);
    const float near = 1 / (1 + small), far = small * near;  // sigmoid(|z|) and sigmoid(-|z|)
    const float with = z < 0 ? no : yes, against = z < 0 ? yes : no, sign = z < 0 ? -1.0f : 1.0f;
    return {with * rest + against * (rest + size), sign * (against * near - with * far)};
  }
  /// As Keras: a wrong certainty costs 16, not infinity.
  TREINO_ALWAYS_INLINE static treino::Term<float> of_probability(float probability, float yes, float no) {
    const double p = treino::safe_probability(static_cast<double>(probability));
    const double wanted = static_cast<double>(yes), unwanted = static_cast<double>(no);
    return {static_cast<float>(-wanted * treino::fast::log(p) - unwanted * treino::fast::log(1 - p)),
            static_cast<float>(unwanted / (1 - p) - wanted / p)};
  }

  std::vector<float> given, pos_weight;
  float smoothing;
};

}  // namespace

TREINO_PLUGIN(treino::ElementwiseLoss<BinaryCrossEntropy>, R"toml(
kind = "loss"
id = "binary_cross_entropy"
version = "1.0.0"
summary = "cross-entropy of independent yes/no questions, one an output"
target = ["index", "one_hot", "values"]
help = """
loss of a sample = mean over outputs of - pos_weight * y log p - (1 - y) log(1 - p), with p = sigmoid(logit) and
y = (1 - label_smoothing) * target + label_smoothing / 2
gradient by the logit = ((1 - y) p - pos_weight * y (1 - p)) / outputs, times the sample's weight, over what `reduction` divides by
One output with class indices: class 1 is the yes. Several outputs: one-hot rows, or any rows of 0 .. 1 (several may hold at once).
As torch.nn.BCEWithLogitsLoss. A sample of weight 0 may hold anything, NaN too."""
[parameters.from_logits]
type = "bool"
default = true
doc = "the model's outputs are logits; false: probabilities, of a sigmoid layer at its end"
[parameters.pos_weight]
type = "list"
items = "float"
scalar = true
default = [1.0]
min = 0.0
doc = "weight of the yes answers: one number, or one for each output; above 1 it buys recall"
[parameters.label_smoothing]
type = "float"
default = 0.0
min = 0.0
max = 1.0
doc = "how far targets are drawn from 0 and 1 towards 0.5"
[parameters.reduction]
type = "string"
default = "mean"
choices = ["mean", "weighted_mean", "sum"]
doc = "mean: sum of weight * loss over the number of samples; weighted_mean: over the sum of weights; sum: over 1"
)toml")
