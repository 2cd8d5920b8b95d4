// A metric of your own: sums over samples, and a value of them, as formulas of targets y and predictions p.
// Parameters: sums, value, parameters. The language is that of plugins/shared/formula; the loss `lambda` describes it.
#include <treino/kit/text.hpp>
#include <treino/metric.hpp>

#include "probabilities.hpp"
#include "shared/formula/build.hpp"
#include "shared/formula/evaluator.hpp"
#include "shared/formula/parameters.hpp"

namespace {

using treino::formula::Source;
using treino::formula::Tree;

struct SumFormula {
  Source source;
  Tree tree;
};

class Lambda final : public treino::Metric {
 public:
  explicit Lambda(const treino::Setup& setup) : value_source_{"value", setup.get<std::string>("value")} {
    names_.parameters = treino::formula::parameters_of(setup);
    for (const auto& parameter : names_.parameters) all_.push_back(parameter.first);
    take_sums(setup.value("sums"));
    std::set<std::string> used;
    compile_sums(used);
    const treino::formula::Names of_value{names_.parameters, sum_names_};
    treino::formula::Graph graph;
    treino::formula::Builder builder(graph, of_value);
    const int root = builder.build(value_source_, treino::formula::parse(value_source_), true);
    value_ = treino::formula::Evaluator(treino::formula::compile(graph, {{root}}), 1, 0);
    treino::formula::expect_used(sum_names_, builder.used(), "the sum");
    used.insert(builder.used().begin(), builder.used().end());
    treino::formula::expect_used(all_, used, "the parameter");
  }

  void prepare(const treino::Problem& problem) override {
    treino::formula::expect_a_target_an_output(problem);
    names_.outputs = problem.outputs();
    std::set<std::string> used;
    evaluator_ = treino::formula::Evaluator(compile_sums(used), problem.outputs(), problem.batch_capacity());
    probabilities_.prepare(problem);
  }
  std::vector<treino::MetricValue> values() const override { return {{"lambda"}}; }
  void reset() override { totals_.assign(sums_.size(), 0); }
  /// Throws std::domain_error where a target is not finite.
  void update(treino::Matrix<const float> prediction, const treino::Target& target, treino::Weights weights) override {
    std::fill(batch_.begin(), batch_.end(), 0.0);
    evaluator_.add({probabilities_.of(prediction, weights), target, weights}, batch_.data());
    for (std::size_t i = 0; i < totals_.size(); ++i) totals_[i] += batch_[i];
  }
  void compute(double* values) const override { *values = value_.number(totals_.data()); }
  void save(treino::Writer& writer) const override { writer.write(totals_); }
  void load(treino::Reader& reader, std::uint32_t /*version*/) override {
    auto totals = reader.get<std::vector<double>>();
    if (totals.size() != sums_.size()) throw std::runtime_error("the saved sums are others than this metric has");
    totals_ = std::move(totals);
  }
  void merge(const Lambda& other) {
    for (std::size_t i = 0; i < totals_.size(); ++i) totals_[i] += other.totals_[i];
  }

 private:
  void take_sums(const treino_value& table) {
    if (table.count == 0) throw std::invalid_argument("sums is empty: name one at least, sums = { all = \"sum(weights)\" }");
    for (std::uint32_t i = 0; i < table.count; ++i) {
      const treino_parameter& one = table.as.table[i];
      treino::formula::expect_name(one.name, "a sum");
      if (std::find(all_.begin(), all_.end(), one.name) != all_.end())
        throw std::invalid_argument(std::string("'") + one.name + "' is both a sum and a parameter: rename one");
      if (one.value.type != TREINO_TEXT)
        throw std::invalid_argument(std::string("sums: ") + one.name + " is no formula: write " + one.name + " = \"sum(...)\"");
      const Source source{std::string("sums.") + one.name, std::string(one.value.as.text, one.value.count)};
      sums_.push_back({source, treino::formula::parse(source)});
      sum_names_.emplace_back(one.name);
    }
    totals_.assign(sums_.size(), 0);
    batch_.assign(sums_.size(), 0);
  }
  treino::formula::Program compile_sums(std::set<std::string>& used) {
    treino::formula::Graph graph;
    treino::formula::Builder builder(graph, names_);
    std::vector<treino::formula::Root> roots;
    for (const SumFormula& sum : sums_) roots.push_back(root_of(sum, graph, builder));
    used = builder.used();
    return treino::formula::compile(graph, roots);
  }
  /// What is in the sum. Adding it up over samples is the evaluator's work: so sums of batches add up.
  static treino::formula::Root root_of(const SumFormula& sum, treino::formula::Graph& graph, treino::formula::Builder& builder) {
    if (!sum.tree.calls("sum") || sum.tree.parts.size() != 1)
      refuse(sum.source, sum.tree.at,
             "a sum is sum(...) as a whole, so that batches add up: what is made of sums goes into value");
    const Tree& inner = sum.tree.parts[0];
    const treino::formula::Root root{builder.build(sum.source, inner, true), !treino::formula::mentions(inner, "weights")};
    if (!graph[root.node].shape.samples)
      refuse(sum.source, inner.at, "this is the same for all samples; the number of samples is sum(weights)");
    if (treino::formula::compile(graph, {root}).whole_batch)
      refuse(sum.source, inner.at,
             "within a sum nothing goes along samples, since it would depend on how they are cut into batches: take a sum of its "
             "own");
    return root;
  }

  Source value_source_;
  treino::formula::Names names_;
  std::vector<std::string> all_, sum_names_;  // all parameters; all sums
  std::vector<SumFormula> sums_;
  treino::formula::Evaluator evaluator_;
  mutable treino::formula::Evaluator value_;
  Probabilities probabilities_;
  std::vector<double> totals_, batch_;  // of the pass; of a batch
};

}  // namespace

TREINO_PLUGIN(Lambda, R"toml(
kind = "metric"
id = "lambda"
version = "1.0.0"
summary = "Formula of your own, from sums over samples."
target = ["index", "one_hot", "values"]
no_direction = true
help = """
Precision, recall and F1 of yes/no outputs:
  sums = { tp = "sum(y * (p > 0.5))", predicted = "sum(p > 0.5)" }                       value = "tp / predicted"
  sums = { tp = "sum(y * (p > 0.5))", actual = "sum(y)" }                                value = "tp / actual"
  sums = { tp = "sum(y * (p > 0.5))", predicted = "sum(p > 0.5)", actual = "sum(y)" }    value = "2 * tp / (predicted + actual)"
Each sum is sum(...) over samples and outputs of a formula of y and p; value is a formula of the sums. So the sums of batches and of
processes add up, and a resumed run continues with them. The language is that of the loss `lambda` (`treino describe loss/lambda`): within
a sum sum, mean, min and max go along outputs only; value has numbers alone, and so none of them.
p is a probability where the loss takes logits (a sigmoid or softmax is applied), else what the model puts out. y is the target; class
indices are rows with a 1 at the class, and of a model with one output the index, 0 or 1.
Samples count by their weights, where `weighted = true` gives them class weights too; their number, or the sum of their weights, is
sum(weights). A sum that names `weights` weighs samples itself. A division of 0 by 0 is NaN: value = "where(predicted > 0, tp / predicted,
0)" has 0 in its place, as `precision` has.
`name = "f1"` names the scalar. Whoever monitors it gives `mode`, since nobody knows which way is better.
State: the sums. Memory: constant."""
[parameters.sums]
type = "table"
required = true
doc = "the sums by name: { tp = \"sum(y * (p > 0.5))\", actual = \"sum(y)\" }"
[parameters.value]
type = "string"
required = true
doc = "the metric as a formula of the sums: \"tp / actual\""
)toml" TREINO_FORMULA_PARAMETERS_TOML)
