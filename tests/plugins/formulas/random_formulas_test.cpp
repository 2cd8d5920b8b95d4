// 200 random formulas: values as evaluated element by element, gradients as that evaluation's central differences.
#include <algorithm>
#include <cmath>

#include "plugins/formulas/plugin_files.hpp"
#include "plugins/formulas/random_formula.hpp"

namespace {

using namespace treino;
using namespace treino::conformance;
using formulas::Data;
using formulas::Formula;

/// What counts of the batch, in double.
Data data_of(const Batch& batch) {
  Data data;
  data.outputs = static_cast<std::size_t>(batch.outputs);
  for (std::int64_t sample = 0; sample < batch.samples; ++sample) {
    const double weight = batch.weights.empty() ? 1 : static_cast<double>(batch.weights[static_cast<std::size_t>(sample)]);
    if (weight == 0) continue;
    ++data.samples;
    data.weight.push_back(weight);
    for (std::int64_t i = sample * batch.outputs; i < (sample + 1) * batch.outputs; ++i) {
      data.prediction.push_back(static_cast<double>(batch.prediction[static_cast<std::size_t>(i)]));
      data.target.push_back(static_cast<double>(batch.target[static_cast<std::size_t>(i)]));
    }
  }
  return data;
}

struct Slopes {
  double left, central, right;
};
Slopes slopes_at(const Formula& formula, Data data, std::size_t place, std::size_t samples) {
  constexpr double step = 0x1p-17;
  const double here = data.prediction[place], middle = loss_of(formula, data, samples);
  data.prediction[place] = here + step;
  const double above = loss_of(formula, data, samples);
  data.prediction[place] = here - step;
  const double below = loss_of(formula, data, samples);
  return {(middle - below) / step, (above - below) / (2 * step), (above - middle) / step};
}

/// Of every n-th entry.
void check_gradient(const Formula& formula, const Batch& batch, const Evaluation& found, std::size_t nth) {
  const Data data = data_of(batch);
  double largest = 0;
  for (const float slope : found.gradient) largest = std::max(largest, std::abs(static_cast<double>(slope)));
  const double tolerance = 1e-5 * largest + 1e-9;
  std::size_t counted = 0;  // place among what counts
  for (std::size_t i = 0; i < found.gradient.size(); ++i) {
    const double gradient = static_cast<double>(found.gradient[i]);
    CAPTURE(i, gradient);
    if (!batch.weights.empty() && batch.weights[i / data.outputs] == 0) {
      CHECK(gradient == 0);
      continue;
    }
    const std::size_t place = counted++;
    if (i % nth != 0) continue;
    const Slopes slope = slopes_at(formula, data, place, static_cast<std::size_t>(batch.samples));
    CAPTURE(slope.left, slope.central, slope.right);
    // At a corner any slope between the sides will do.
    const auto [low, high] = std::minmax(slope.left, slope.right);
    CHECK((std::abs(gradient - slope.central) <= tolerance || (gradient >= low - tolerance && gradient <= high + tolerance)));
  }
}

void check_formula(const PluginFile& lambda, const Formula& formula, const Batch& batch, std::size_t nth) {
  CAPTURE(formula.text, batch.samples, batch.outputs, batch.weights.empty());
  const Problem problem(TREINO_TARGET_VALUES, TREINO_PREDICTION_VALUES, false, batch.outputs, 0);
  const Loss loss(lambda.plugin(), lambda.parameters("loss = '" + formula.text + "'\nparameters = { c = 1.5, d = -0.75 }"),
                  problem);
  const Evaluation found = loss.evaluate(batch);
  const double expected = loss_of(formula, data_of(batch), static_cast<std::size_t>(batch.samples));
  REQUIRE(std::isfinite(expected));
  CHECK(found.value() == Approx(expected).epsilon(1e-9).margin(1e-9));
  check_gradient(formula, batch, found, nth);
}

Batch batch_of(std::int64_t samples, std::int64_t outputs, bool weighted, std::mt19937& random) {
  const Problem problem(TREINO_TARGET_VALUES, TREINO_PREDICTION_VALUES, false, outputs, 0);
  return random_batch(problem, TREINO_PREDICTION_VALUES, false, samples, weighted, Ranges(), random);
}

}  // namespace

TEST_CASE("200 random formulas have the values of an evaluation element by element and the slopes of its differences") {
  const PluginFile lambda("losses", "lambda");
  std::mt19937 random(20);
  std::size_t of_the_batch = 0, with_where = 0;
  for (std::uint32_t seed = 0; seed < 200; ++seed) {
    const Formula formula = formulas::RandomFormula(seed).loss();
    of_the_batch += formula.along_samples ? 0 : 1;
    with_where += formula.text.find("where") == std::string::npos ? 0 : 1;
    check_formula(lambda, formula, batch_of(5, 3, seed % 2 == 1, random), 1);
  }
  CHECK(of_the_batch > 30);
  CHECK(with_where > 50);
}

TEST_CASE("so have formulas of batches of any form, in parts of blocks, in many blocks, and longer than was announced") {
  const PluginFile lambda("losses", "lambda");
  std::mt19937 random(21);
  constexpr std::pair<std::int64_t, std::int64_t> forms[] = {{1, 1}, {300, 1}, {37, 2}, {70, 10}, {9, 256}, {3, 257}, {2, 700}};
  std::uint32_t seed = 1000;
  for (int round = 0; round < 4; ++round)
    for (const auto& [samples, outputs] : forms) {
      Formula formula = formulas::RandomFormula(++seed).loss();
      while (formula.text.size() > 250) formula = formulas::RandomFormula(++seed).loss();
      check_formula(lambda, formula, batch_of(samples, outputs, seed % 2 == 1, random), 211);
    }
}
