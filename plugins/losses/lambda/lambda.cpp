// A loss of your own as a formula of targets y and predictions p, whose gradient is derived from it.
// Parameters: loss, parameters, takes, reduction. The language is that of plugins/shared/formula.
#include <treino/kit/reduction.hpp>
#include <treino/loss.hpp>

#include "shared/formula/build.hpp"
#include "shared/formula/evaluator.hpp"
#include "shared/formula/parameters.hpp"

namespace {

using treino::formula::Tree;

treino::Takes takes_named(const std::string& name) {
  for (const treino::Takes one : {treino::Takes::probabilities, treino::Takes::independent_probabilities, treino::Takes::logits,
                                  treino::Takes::independent_logits, treino::Takes::margins}) {
    static constexpr const char* names[] = {
        "values", "probabilities", "logits", "independent_logits", "independent_probabilities", "margins"};
    if (name == names[static_cast<std::size_t>(one)]) return one;
  }
  return treino::Takes::values;
}

class Lambda final : public treino::Loss {
 public:
  explicit Lambda(const treino::Setup& setup)
      : source_{"loss", setup.get<std::string>("loss")},
        tree_(treino::formula::parse(source_)),
        takes_(takes_named(setup.get<std::string>("takes"))),
        adds_samples_(setup.has_text("reduction", "sum")),
        reduction_(setup) {
    names_.parameters = treino::formula::parameters_of(setup);
    compile();
  }

  void prepare(const treino::Problem& problem) override {
    treino::formula::expect_a_target_an_output(problem);
    names_.outputs = problem.outputs();
    evaluator_ = treino::formula::Evaluator(compile(), problem.outputs(), problem.batch_capacity());
  }
  treino::Takes takes() const override { return takes_; }

  /// Throws std::domain_error where a target is not finite.
  treino::LossValue evaluate(treino::Matrix<const float> prediction, const treino::Target& target, treino::Weights weights,
                             treino::Matrix<float> gradient) override {
    const double weight = reduction_.weight(prediction.rows(), weights);
    const double scale = of_samples_ ? treino::Reduction::scale(weight) / divisor_ : 1;
    double total = 0;
    evaluator_.evaluate({prediction, target, weights}, &total, scale, gradient);
    return {of_samples_ ? total / divisor_ : total * weight, weight};
  }

 private:
  /// Sets what the formula gives: a loss for each sample, or one for the batch.
  treino::formula::Program compile() {
    treino::formula::Graph graph;
    treino::formula::Builder builder(graph, names_);
    const bool counts_itself = treino::formula::mentions(tree_, "weights");
    // Whoever writes the mean over all of it says what `reduction` does anyway.
    const bool whole = tree_.parts.size() == 1 && (tree_.calls("mean") || tree_.calls("sum"));
    int root = builder.build(source_, whole ? tree_.parts[0] : tree_, counts_itself);
    of_samples_ = graph[root].shape.samples;
    if (whole && of_samples_) expect_reduction();
    if (whole && !of_samples_) root = builder.build(source_, tree_, counts_itself);
    const double outputs = graph[root].shape.outputs ? static_cast<double>(names_.outputs) : 1;
    divisor_ = of_samples_ && !tree_.calls("sum") ? outputs : 1;
    if (!of_samples_ && graph[root].shape.outputs)
      root = graph.apply(treino::formula::Op::divide, graph.reduce(treino::formula::Op::sum, root, treino::formula::single),
                         graph.number(outputs));
    expect_gradient(graph[root].active);
    std::vector<std::string> parameters;
    for (const auto& parameter : names_.parameters) parameters.push_back(parameter.first);
    treino::formula::expect_used(parameters, builder.used(), "the parameter");
    return treino::formula::compile(graph, {{root, !counts_itself}});
  }
  void expect_reduction() const {
    const std::string& text = tree_.text;
    if (tree_.calls("mean") && adds_samples_)
      refuse(source_, tree_.at, "mean() over samples, and reduction = \"sum\": write mean(..., outputs), or sum() in its place");
    if (tree_.calls("sum") && !adds_samples_)
      refuse(source_, tree_.at, text + "() over samples is reduction = \"sum\": set that, or write mean()");
  }
  void expect_gradient(bool active) const {
    if (active) return;
    refuse(source_, 0,
           treino::formula::mentions(tree_, "p")
               ? "its gradient is 0 everywhere: comparisons have none, so p has to stand outside of them too"
               : "it does not depend on the predictions p, so that there is nothing to train");
  }

  treino::formula::Source source_;
  Tree tree_;
  treino::formula::Names names_;
  treino::Takes takes_;
  bool adds_samples_;
  treino::Reduction reduction_;
  bool of_samples_ = true;  // there is a loss for each sample
  double divisor_ = 1;      // of a sample's sum over outputs
  treino::formula::Evaluator evaluator_;
};

}  // namespace

TREINO_PLUGIN(Lambda, R"toml(
kind = "loss"
id = "lambda"
version = "1.0.0"
summary = "Formula of your own, whose gradient is derived from it."
target = ["index", "one_hot", "values"]
help = """
loss = "mean(where(y > p, alpha * (y - p)^2, (y - p)^2))", parameters = { alpha = 3.0 } is asymmetric_mse. There are
  y, p                  target and prediction, samples x outputs; p is what the model puts out, without a softmax or sigmoid of its own.
                        Targets that are class indices are rows with a 1 at the class, as one-hot targets are; of a model with one
                        output y is the index, 0 or 1
  weights               of the samples, 1 where there are none: see below
  + - * / ^             and brackets; -a^2 is -(a^2), a^b^c is a^(b^c)
  < <= > >= == !=       conditions, which and, or, not join; in arithmetic they count as 1 or 0
  where(c, a, b)        a where the condition c holds, else b; what is not taken may be infinite or NaN, it counts for nothing
  abs(a), exp(a), log(a), sqrt(a), pow(a, b), clip(a, low, high), min(a, b), max(a, b)
  sum(a), mean(a), min(a), max(a)   along samples and outputs; sum(a, outputs), sum(a, samples) along one of them
A formula that gives a value for each sample and output, or for each sample, is the loss of a sample: its mean over outputs. `reduction`
makes one loss of them as for other losses: weighted by sample and class weights, and batches add up. mean(...) round it changes nothing,
sum(...) round it adds outputs up too and needs reduction = "sum".
Any other formula is the loss of a batch: "1 - sum(y * p) / sum(y + p - y * p)". What goes along samples goes along those of one batch,
whole on any number of processes and shards; batches that are accumulated are losses by themselves, and their gradients are averaged
by weight. Samples count by their weights in sum and mean along samples, mean divides by the sum of weights; samples of weight 0 are
left out. A formula that names `weights` weighs samples itself, and nothing else does.
The gradient is worked out backwards through the formula, in double. Comparisons have none. At a corner it is the mean of both sides (abs
at 0, equal arguments of min and max). A prediction of NaN makes the loss NaN."""
[parameters.loss]
type = "string"
required = true
doc = "the formula"
[parameters.takes]
type = "string"
default = "values"
choices = ["values", "probabilities", "independent_probabilities", "logits", "independent_logits", "margins"]
doc = "what p is, for metrics and checks: logits and probabilities of one choice among the outputs, or of independent yes/no outputs"
)toml" TREINO_FORMULA_PARAMETERS_TOML TREINO_REDUCTION_TOML)
