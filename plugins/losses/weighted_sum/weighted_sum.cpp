// Several losses at once, each with a weight: for example mse for the values and cosine_similarity for their direction; sums nest.
// Parameters: losses, weights.
#include <algorithm>
#include <cmath>
#include <treino/kit/fast_math.hpp>
#include <treino/loss.hpp>

namespace {

class WeightedSum final : public treino::Loss {
 public:
  explicit WeightedSum(const treino::Setup& setup)
      : children_(treino::loss_children(setup, "losses")),
        weights_(setup.find<std::vector<double>>("weights").value_or(std::vector<double>(children_.size(), 1))) {
    const std::string count = std::to_string(children_.size());
    if (children_.empty()) refuse("losses is empty: name one at least");
    if (weights_.size() != children_.size())
      refuse("weights has " + std::to_string(weights_.size()) + " entries for " + count + " losses: give one for each");
    for (const treino::LossChild& child : children_)
      if (child.reduction() != children_.front().reduction())
        refuse("reduction is \"" + children_.front().reduction() + "\" of " + children_.front().id() + " and \"" +
               child.reduction() + "\" of " + child.id() + ": the sum has one, set all to the same");
  }

  void prepare(const treino::Problem& problem) override {
    for (const treino::LossChild& child : children_) child.prepare(problem);
    const treino::LossChild& first = children_.front();
    for (const treino::LossChild& child : children_)
      if (child.takes() != first.takes())
        refuse(first.id() + " takes the outputs for " + treino::text_of(first.takes()) + ", " + child.id() + " for " +
               treino::text_of(child.takes()) + ": choose losses, or their from_logits, that agree");
    part_.resize(static_cast<std::size_t>(problem.batch_capacity() * problem.outputs()));
  }
  treino::Takes takes() const override { return children_.front().takes(); }
  bool adds_up() const override { return children_.front().adds_up(); }

  /// Throws what its losses throw.
  treino::LossValue evaluate(treino::Matrix<const float> prediction, const treino::Target& target, treino::Weights weights,
                             treino::Matrix<float> gradient) override {
    const std::int64_t samples = prediction.rows(), outputs = prediction.columns();
    const auto size = static_cast<std::size_t>(samples * outputs);
    if (part_.size() < size) part_.resize(size);
    treino::LossValue total{0, 0};
    for (std::size_t i = 0; i < children_.size(); ++i) {
      // The first one's gradient needs no place of its own.
      const bool own = i > 0 && gradient;
      const treino::Matrix<float> part = own ? treino::Matrix<float>(part_.data(), samples, outputs, outputs) : gradient;
      const treino::LossValue value = children_[i].evaluate(prediction, target, weights, part);
      add(value, weights_[i], total);
      for (std::int64_t sample = 0; gradient && sample < samples; ++sample)
        add_row(part.row(sample), static_cast<float>(weights_[i]), gradient.row(sample), outputs, own);
    }
    return total;
  }

  void save(treino::Writer& writer) const override { treino::save_children(writer, children_); }
  void load(treino::Reader& reader, std::uint32_t /*version*/) override { treino::load_children(reader, children_); }

 private:
  [[noreturn]] static void refuse(const std::string& why) { throw std::invalid_argument("weighted_sum: " + why); }

  /// Sums of losses over one divisor. They differ in it where a loss leaves out samples or classes have weights: then the largest
  /// is that of all.
  static void add(const treino::LossValue& value, double weight, treino::LossValue& total) {
    if (value.weight == 0) return;
    if (value.weight > total.weight) {
      if (total.weight != 0) total.sum *= value.weight / total.weight;
      total.weight = value.weight;
    }
    total.sum += weight * value.sum * (value.weight == total.weight ? 1 : total.weight / value.weight);
  }
  static void add_row(const float* part, float weight, float* row, std::int64_t outputs, bool add) {
    for (std::int64_t i = 0; i < outputs; ++i)
      row[i] = treino::fast::normal_or_zero(add ? row[i] + weight * part[i] : weight * part[i]);
  }

  std::vector<treino::LossChild> children_;
  std::vector<double> weights_;
  std::vector<float> part_;  // a later one's gradient
};

}  // namespace

TREINO_PLUGIN(WeightedSum, R"toml(
kind = "loss"
id = "weighted_sum"
version = "1.0.1"
summary = "Weighted sum of several losses of the same outputs."
target = ["index", "one_hot", "values"]
help = """
loss = sum over the losses of weight * loss, gradient likewise; each loss is { plugin = "<id>", ... } with parameters of its own:
losses = [ { plugin = "mse" }, { plugin = "cosine_similarity" } ]
weights = [1.0, 0.1]
The losses have to agree in what they take for target and prediction and in their `reduction`. A loss may be a weighted_sum again.
An epoch's number weighs its batches by what the losses divide by, the largest where they differ (class weights, ignored samples).
State: that of its losses, of which the built-in ones have none."""
[parameters.losses]
type = "list"
items = "loss"
required = true
doc = "the losses to add"
[parameters.weights]
type = "list"
items = "float"
min = 0.0
doc = "a weight for each loss; all 1 where it is not given"
)toml")
