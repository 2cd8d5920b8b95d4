// Formulas of what built-in plugins compute give what they give.
#include <cmath>

#include "plugins/formulas/plugin_files.hpp"

namespace {

using namespace treino;
using namespace treino::conformance;

constexpr std::int64_t batch_size = 57;

/// A loss, and a formula of it.
struct Pair {
  const char *id, *lines, *formula;
  std::uint32_t target = TREINO_TARGET_VALUES, prediction = TREINO_PREDICTION_VALUES;
  bool independent = false;
};

void check_same(const Pair& pair, const std::string& reduction, std::int64_t outputs, bool weighted) {
  CAPTURE(pair.id, pair.formula, reduction, outputs, weighted);
  const PluginFile built_in("losses", pair.id), lambda("losses", "lambda");
  const Problem problem(pair.target, pair.prediction, pair.independent, outputs,
                        pair.target == TREINO_TARGET_VALUES ? 0 : outputs);
  const std::string also = "\nreduction = \"" + reduction + "\"\n";
  const Loss expected(built_in.plugin(), built_in.parameters(pair.lines + also), problem);
  const Loss found(lambda.plugin(), lambda.parameters(pair.formula + also), problem);
  REQUIRE(found.takes == expected.takes);
  REQUIRE(found.independent == expected.independent);
  std::mt19937 random(7);
  const Batch batch = random_batch(problem, expected.takes, expected.independent, batch_size, weighted, Ranges(), random);
  const Evaluation a = found.evaluate(batch), b = expected.evaluate(batch);
  CHECK(a.value() == Approx(b.value()).epsilon(1e-6));
  CHECK(a.weight == Approx(b.weight).epsilon(1e-12));
  double largest = 0;
  for (const float slope : b.gradient) largest = std::max(largest, std::abs(static_cast<double>(slope)));
  for (std::size_t i = 0; i < b.gradient.size(); ++i)
    CHECK(static_cast<double>(a.gradient[i]) == Approx(static_cast<double>(b.gradient[i])).epsilon(1e-6).margin(1e-6 * largest));
}

Batch metric_batch(const Problem& problem, bool weighted, std::mt19937& random) {
  return random_batch(problem, problem.prediction, problem.independent, batch_size, weighted, Ranges(), random);
}

/// Over three batches, of which the last two are counted by another instance, merged and resumed.
double measured(const PluginFile& file, const std::string& lines, const Problem& problem, bool weighted) {
  const manifest::Table parameters = file.parameters(lines);
  std::mt19937 random(11);
  Metric first(file.plugin(), parameters, problem), second(file.plugin(), parameters, problem),
      third(file.plugin(), parameters, problem);
  first.update(metric_batch(problem, weighted, random));
  second.update(metric_batch(problem, weighted, random));
  third.load(second.save());
  third.update(metric_batch(problem, weighted, random));
  first.merge(third.save());
  return first.compute().at(0);
}

void check_same_metric(const std::string& id, const std::string& lines, const std::string& formula, const Problem& problem) {
  for (const bool weighted : {false, true}) {
    CAPTURE(id, formula, weighted, problem.prediction, problem.outputs);
    const double expected = measured(PluginFile("metrics", id), lines, problem, weighted);
    CHECK(measured(PluginFile("metrics", "lambda"), formula, problem, weighted) == Approx(expected).epsilon(1e-6));
    CHECK(expected > 0.01);
  }
}

const std::string precision = R"toml(sums = { tp = "sum(y * (p > 0.5))", predicted = "sum(p > 0.5)" }
value = "tp / predicted")toml";
const std::string recall = R"toml(sums = { tp = "sum(y * (p > 0.5))", actual = "sum(y)" }
value = "tp / actual")toml";
const std::string f1 = R"toml(sums = { tp = "sum(y * (p > 0.5))", predicted = "sum(p > 0.5)", actual = "sum(y)" }
value = "2 * tp / (predicted + actual)")toml";

/// The same for targets that may be between 0 and 1, of which the built-in metrics take those above 0.5 for 1.
std::string of_parts(std::string formula) {
  for (const auto& [whole, part] : {std::pair("sum(y * ", "sum((y > 0.5) * "), std::pair("sum(y)", "sum(y > 0.5)")})
    if (const std::size_t at = formula.find(whole); at != std::string::npos) formula.replace(at, std::string(whole).size(), part);
  return formula;
}

}  // namespace

TEST_CASE("formulas of built-in losses have their values and gradients") {
  const Pair pairs[] = {
      {"asymmetric_mse", "alpha = 3.0",
       "loss = 'mean(where(y > p, alpha * (y - p)^2, (y - p)^2))'\nparameters = { alpha = 3.0 }"},
      {"mse", "", "loss = '(y - p)^2'"},
      {"mae", "", "loss = 'abs(y - p)'"},
      {"huber", "delta = 0.7",
       "loss = 'where(abs(y - p) <= d, 0.5 * (y - p)^2, d * (abs(y - p) - d / 2))'\nparameters = { d = 0.7 }"},
      {"binary_cross_entropy", "", "loss = 'max(p, 0) - p * y + log(1 + exp(-abs(p)))'\ntakes = 'independent_logits'"},
      {"cross_entropy", "",
       "loss = 'log(sum(exp(p - max(p, outputs)), outputs)) + max(p, outputs) - sum(y * p, outputs)'\ntakes = 'logits'",
       TREINO_TARGET_INDEX},
      {"cross_entropy", "from_logits = false", "loss = '-sum(y * log(p), outputs)'\ntakes = 'probabilities'",
       TREINO_TARGET_ONE_HOT, TREINO_PREDICTION_PROBABILITIES}};
  for (const Pair& pair : pairs)
    for (const std::int64_t outputs : {2, 7, 300})
      for (const bool weighted : {false, true}) {
        check_same(pair, "mean", outputs, weighted);
        if (std::string(pair.formula).find("'mean(") == std::string::npos) check_same(pair, "sum", outputs, weighted);
        check_same(pair, "weighted_mean", outputs, weighted);
      }
}

TEST_CASE("a loss is the same for parts of a long batch and for all of it") {
  // Parts of some thousand elements are worked on one after the other: here there are several, with and without rest.
  const Pair pair{"mse", "", "loss = 'sum((y - p)^2, outputs) / 1000'"};
  const PluginFile built_in("losses", "mse"), lambda("losses", "lambda");
  const Problem problem(TREINO_TARGET_VALUES, TREINO_PREDICTION_VALUES, false, 1000, 0);
  std::mt19937 random(3);
  const Batch batch = random_batch(problem, TREINO_PREDICTION_VALUES, false, 75, true, Ranges(), random);
  const Evaluation a = Loss(lambda.plugin(), lambda.parameters(pair.formula), problem).evaluate(batch);
  const Evaluation b = Loss(built_in.plugin(), built_in.parameters(""), problem).evaluate(batch);
  CHECK(a.value() == Approx(b.value()).epsilon(1e-6));
  for (std::size_t i = 0; i < b.gradient.size(); i += 7)
    CHECK(static_cast<double>(a.gradient[i]) == Approx(static_cast<double>(b.gradient[i])).epsilon(1e-6).margin(1e-12));
}

TEST_CASE("precision, recall and F1 in one line each are the built-in ones, merged and resumed") {
  for (const std::uint32_t prediction : {TREINO_PREDICTION_PROBABILITIES, TREINO_PREDICTION_LOGITS}) {
    const Problem binary(TREINO_TARGET_INDEX, prediction, true, 1, 2), many(TREINO_TARGET_VALUES, prediction, true, 4, 0);
    check_same_metric("precision", "", precision, binary);
    check_same_metric("recall", "", recall, binary);
    check_same_metric("f1", "", f1, binary);
    check_same_metric("precision", "average = 'micro'", of_parts(precision), many);
    check_same_metric("recall", "average = 'micro'", of_parts(recall), many);
    check_same_metric("f1", "average = 'micro'", of_parts(f1), many);
  }
}

TEST_CASE("so are metrics of values, and accuracy") {
  const Problem values(TREINO_TARGET_VALUES, TREINO_PREDICTION_VALUES, false, 3, 0);
  check_same_metric("mae", "", "sums = { errors = 'sum(abs(y - p))', all = 'sum(y == y)' }\nvalue = 'errors / all'", values);
  check_same_metric(
      "mse", "", "sums = { squares = 'sum(mean((y - p)^2, outputs))', all = 'sum(weights)' }\nvalue = 'squares / all'", values);
  const Problem classes(TREINO_TARGET_INDEX, TREINO_PREDICTION_LOGITS, false, 5, 5);
  check_same_metric("accuracy", "",
                    "sums = { right = 'sum(y * (p == max(p, outputs)))', all = 'sum(weights)' }\nvalue = 'right / all'", classes);
}
