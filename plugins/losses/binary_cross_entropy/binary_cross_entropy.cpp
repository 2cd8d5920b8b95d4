// Binary cross-entropy: each output answers a yes/no question of its own; a sample's loss is the mean over them. Targets are the
// answers, 0 to 1, or, with one output, the index of one of two classes. As torch.nn.BCEWithLogitsLoss and
// keras.losses.BinaryCrossentropy. Parameters: from_logits, pos_weight, label_smoothing, reduction.
#include "shared/losses/binary_targets.hpp"

namespace {

/// The usual case: neither weights nor smoothing. By the exponential of -|z| only: nothing overflows, nothing cancels.
struct OfPlainLogit : treino::AnswersCurve {
  using Real = float;
  TREINO_ALWAYS_INLINE float exponent(float z, float /*target*/) const { return -std::abs(z); }
  TREINO_ALWAYS_INLINE treino::TermWithLog at(float z, float target, std::int64_t /*output*/, float small) const {
    // What speaks against the answer that the logit gives; where nothing does, that costs nothing, an infinite logit neither.
    const float against = treino::fast::select(z < 0, target, 1 - target);
    const float slope = against - small / (1 + small);  // by |z|, less sigmoid(-|z|)
    return {against * treino::fast::select(against == 0, 0.0f, std::abs(z)), treino::fast::select(z < 0, -slope, slope), small};
  }
};

/// How much yes and no a target is, after smoothing, times pos_weight.
struct Smoothed : treino::AnswersCurve {
  using Real = float;
  struct Parts {
    float yes, no;
  };
  TREINO_ALWAYS_INLINE Parts parts(float target, std::int64_t output) const {
    const float yes = (1 - smoothing) * target + smoothing / 2;
    return {yes * pos_weight[output], 1 - yes};
  }
  float smoothing = 0;
  const float* pos_weight = nullptr;
};

struct OfLogit : Smoothed {
  TREINO_ALWAYS_INLINE float exponent(float z, float /*target*/) const { return -std::abs(z); }
  TREINO_ALWAYS_INLINE treino::Term<float> at(float z, float target, std::int64_t output, float small) const {
    const Parts part = parts(target, output);
    const float with = treino::fast::select(z < 0, part.no, part.yes), against = treino::fast::select(z < 0, part.yes, part.no);
    const auto [rest, near] = treino::fast::log1p_up_to_one(small);
    const float far = small * near;  // near and far: sigmoid(|z|) and sigmoid(-|z|)
    const float slope = against * near - with * far;
    return {with * rest + against * (rest + treino::fast::select(against == 0, 0.0f, std::abs(z))),
            treino::fast::select(z < 0, -slope, slope)};
  }
};

/// As Keras: a wrong certainty costs 16, not infinity.
struct OfProbability : Smoothed {
  TREINO_ALWAYS_INLINE treino::Term<float> at(float probability, float target, std::int64_t output) const {
    const Parts part = parts(target, output);
    const double yes = static_cast<double>(part.yes), no = static_cast<double>(part.no);
    const double p = treino::safe_probability(static_cast<double>(probability));
    return {static_cast<float>(-yes * treino::fast::log(p) - no * treino::fast::log(1 - p)),
            static_cast<float>(no / (1 - p) - yes / p)};
  }
};

class BinaryCrossEntropy final : public treino::Loss {
 public:
  explicit BinaryCrossEntropy(const treino::Setup& setup)
      : from_logits_(setup.get<bool>("from_logits")),
        given_(setup.get<std::vector<float>>("pos_weight")),
        smoothing_(setup.get<float>("label_smoothing")),
        reduction_(setup) {}

  void prepare(const treino::Problem& problem) override {
    treino::check_answers(problem, "binary_cross_entropy", "cross_entropy");
    treino::check_last_layer(problem, "binary_cross_entropy", from_logits_, true);
    const auto outputs = static_cast<std::size_t>(problem.outputs());
    if (given_.size() != 1 && given_.size() != outputs)
      throw std::invalid_argument("binary_cross_entropy: pos_weight has " + std::to_string(given_.size()) +
                                  " entries, the model has " + std::to_string(outputs) + " outputs: give one or one for each");
    plain_ = smoothing_ == 0 && std::all_of(given_.begin(), given_.end(), [](float weight) { return weight == 1; });
    pos_weight_ = given_.size() == 1 ? std::vector<float>(outputs, given_[0]) : given_;
    elementwise_.prepare(problem);
  }
  treino::Takes takes() const override {
    return from_logits_ ? treino::Takes::independent_logits : treino::Takes::independent_probabilities;
  }
  treino::LossValue evaluate(treino::Matrix<const float> prediction, const treino::Target& target, treino::Weights weights,
                             treino::Matrix<float> gradient) override {
    const auto evaluate_as = [&](auto curve) {
      curve.smoothing = smoothing_;
      curve.pos_weight = pos_weight_.data();
      return elementwise_.evaluate(curve, reduction_, prediction, target, weights, gradient);
    };
    if (from_logits_ && plain_) return elementwise_.evaluate(OfPlainLogit(), reduction_, prediction, target, weights, gradient);
    return from_logits_ ? evaluate_as(OfLogit()) : evaluate_as(OfProbability());
  }

 private:
  bool from_logits_, plain_ = false;
  std::vector<float> given_, pos_weight_;
  float smoothing_;
  treino::Reduction reduction_;
  treino::Elementwise elementwise_;
};

}  // namespace

TREINO_PLUGIN(BinaryCrossEntropy, R"toml(
kind = "loss"
id = "binary_cross_entropy"
version = "1.0.2"
summary = "Cross-entropy of independent binary outputs."
target = ["index", "one_hot", "values"]
help = """
loss of a sample = mean over outputs of - pos_weight * y log p - (1 - y) log(1 - p), with p = sigmoid(logit) and
y = (1 - label_smoothing) * target + label_smoothing / 2
gradient by the logit = ((1 - y) p - pos_weight * y (1 - p)) / outputs, times the sample's weight, over what `reduction` divides by
One output with class indices: class 1 is the yes. Several outputs: one-hot rows, or any rows of 0 .. 1 (several may hold at once).
With from_logits = false p is the prediction, kept within 1e-7 .. 1 - 1e-7 as in Keras; the gradient there is that of the limit, not 0.
As torch.nn.BCEWithLogitsLoss. A sample of weight 0 may hold anything, NaN too."""
)toml" TREINO_FROM_LOGITS_TOML("sigmoid") R"toml(
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
)toml" TREINO_REDUCTION_TOML)
