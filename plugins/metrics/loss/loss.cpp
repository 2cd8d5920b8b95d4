// Any loss as a metric: what it would be if the model were trained with it, beside the loss that is. Parameter: loss.
#include <treino/loss.hpp>
#include <treino/metric.hpp>

namespace {

class LossMetric final : public treino::Metric {
 public:
  explicit LossMetric(const treino::Setup& setup) : loss_(setup.host(), setup.value("loss")) {
    if (loss_.reduction() == "sum")
      refuse("reduction = \"sum\" of " + loss_.id() +
             " depends on how the samples fall into batches: take mean or weighted_mean");
    if (loss_.has_state()) refuse(loss_.id() + " keeps a state from batch to batch, which a metric cannot: take another loss");
  }

  /// A loss is told what the last layer gives, not what another loss takes that for.
  void prepare(const treino::Problem& problem) override {
    treino_problem facts = problem.raw();
    if (!problem.predicts_probabilities()) {
      facts.prediction = TREINO_PREDICTION_VALUES;
      facts.independent = 0;
    }
    loss_.prepare(treino::Problem(facts));
    const treino::Takes takes = loss_.takes();
    const bool logits = takes == treino::Takes::logits || takes == treino::Takes::independent_logits;
    if (logits && problem.predicts_logits() && problem.independent() != (takes == treino::Takes::independent_logits))
      refuse(loss_.id() + " takes " + treino::text_of(takes) +
             ", and the model's loss takes the outputs for others: choose one that agrees");
  }
  std::vector<treino::MetricValue> values() const override { return {{"loss_" + loss_.id(), treino::Direction::lower}}; }
  void reset() override { sum_ = weight_ = 0; }
  void update(treino::Matrix<const float> prediction, const treino::Target& target, treino::Weights weights) override {
    const treino::LossValue value = loss_.evaluate(prediction, target, weights, {});
    sum_ += value.sum;
    weight_ += value.weight;
  }
  void compute(double* values) const override { *values = sum_ / weight_; }
  void save(treino::Writer& writer) const override {
    writer.write(sum_);
    writer.write(weight_);
  }
  void load(treino::Reader& reader, std::uint32_t /*version*/) override {
    const auto sum = reader.get<double>(), weight = reader.get<double>();
    sum_ = sum;
    weight_ = weight;
  }
  void merge(const LossMetric& other) {
    sum_ += other.sum_;
    weight_ += other.weight_;
  }

 private:
  [[noreturn]] static void refuse(const std::string& why) { throw std::invalid_argument("loss: " + why); }

  treino::LossChild loss_;
  double sum_ = 0, weight_ = 0;
};

}  // namespace

TREINO_PLUGIN(LossMetric, R"toml(
kind = "metric"
id = "loss"
version = "1.0.0"
summary = "Any loss, measured beside the one that is trained with."
target = ["index", "one_hot", "values"]
scalars = ["loss_*"]
help = """
[[metric]]
plugin = "loss"
loss = { plugin = "huber", delta = 2.0 }
Logs the scalar loss_<id of the loss>, loss_huber here: the sum of the batches' losses over the sum of what they are divided by, so that
batches of any size give the loss of all samples; NaN before the first sample. The loss has the parameters that it has as a loss, but
for reduction = "sum", which is refused. It takes the outputs as the model's last layer gives them: beside a loss of logits it is given
logits. Memory: constant (two sums)."""
[parameters.loss]
type = "loss"
required = true
doc = "the loss to measure"
)toml")
