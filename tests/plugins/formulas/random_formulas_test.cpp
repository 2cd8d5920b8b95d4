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

constexpr std::int64_t samples = 5, outputs = 3;

/// What counts of the batch, in double.
Data data_of(const Batch& batch) {
  Data data;
  data.outputs = static_cast<std::size_t>(outputs);
  for (std::int64_t sample = 0; sample < samples; ++sample) {
    const double weight = batch.weights.empty() ? 1 : static_cast<double>(batch.weights[static_cast<std::size_t>(sample)]);
    if (weight == 0) continue;
    ++data.samples;
    data.weight.push_back(weight);
    for (std::int64_t i = sample * outputs; i < (sample + 1) * outputs; ++i) {
      data.prediction.push_back(static_cast<double>(batch.prediction[static_cast<std::size_t>(i)]));
      data.target.push_back(static_cast<double>(batch.target[static_cast<std::size_t>(i)]));
    }
  }
  return data;
}

struct Slopes {
  double left, central, right;
};
Slopes slopes_at(const Formula& formula, Data data, std::size_t place) {
  constexpr double step = 0x1p-17;
  const double here = data.prediction[place], middle = loss_of(formula, data, samples);
  data.prediction[place] = here + step;
  const double above = loss_of(formula, data, samples);
  data.prediction[place] = here - step;
  const double below = loss_of(formula, data, samples);
  return {(middle - below) / step, (above - below) / (2 * step), (above - middle) / step};
}

void check_gradient(const Formula& formula, const Batch& batch, const Evaluation& found) {
  const Data data = data_of(batch);
  std::vector<Slopes> slopes;
  double largest = 0;
  for (std::size_t i = 0; i < data.prediction.size(); ++i) {
    slopes.push_back(slopes_at(formula, data, i));
    largest = std::max(largest, std::abs(slopes.back().central));
  }
  const double tolerance = 1e-5 * largest + 1e-9;
  auto slope = slopes.begin();
  for (std::size_t sample = 0; sample < samples; ++sample) {
    const bool counts = batch.weights.empty() || batch.weights[sample] > 0;
    for (std::size_t i = sample * outputs; i < (sample + 1) * outputs; ++i) {
      const double gradient = static_cast<double>(found.gradient[i]);
      CAPTURE(i, gradient);
      if (!counts) {
        CHECK(gradient == 0);
        continue;
      }
      CAPTURE(slope->left, slope->central, slope->right);
      // At a corner any slope between the sides will do.
      const auto [low, high] = std::minmax(slope->left, slope->right);
      CHECK((std::abs(gradient - slope->central) <= tolerance || (gradient >= low - tolerance && gradient <= high + tolerance)));
      ++slope;
    }
  }
}

}  // namespace

TEST_CASE("200 random formulas have the values of an evaluation element by element and the slopes of its differences") {
  const PluginFile lambda("losses", "lambda");
  const Problem problem(TREINO_TARGET_VALUES, TREINO_PREDICTION_VALUES, false, outputs, 0);
  std::mt19937 random(20);
  std::size_t of_the_batch = 0, with_where = 0;
  for (std::uint32_t seed = 0; seed < 200; ++seed) {
    const Formula formula = formulas::RandomFormula(seed).loss();
    CAPTURE(seed, formula.text);
    of_the_batch += formula.along_samples ? 0 : 1;
    with_where += formula.text.find("where") == std::string::npos ? 0 : 1;
    const Batch batch = random_batch(problem, TREINO_PREDICTION_VALUES, false, samples, seed % 2 == 1, Ranges(), random);
    const Loss loss(lambda.plugin(), lambda.parameters("loss = '" + formula.text + "'\nparameters = { c = 1.5, d = -0.75 }"),
                    problem);
    const Evaluation found = loss.evaluate(batch);
    const double expected = loss_of(formula, data_of(batch), samples);
    REQUIRE(std::isfinite(expected));
    CHECK(found.value() == Approx(expected).epsilon(1e-9).margin(1e-9));
    check_gradient(formula, batch, found);
  }
  CHECK(of_the_batch > 30);
  CHECK(with_where > 50);
}
