// l1, l2 and max_norm of a layer, against the same arithmetic in double precision, written out below.
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "program/library/digits.hpp"
#include "support/catch.hpp"

using namespace treino;
using namespace treino::test;

namespace {

const std::vector<float> features = {1, 2, -1, 0.5f, 0, -2, 3, 1}, targets = {-1, 4, 2, -3};

std::string manifest_of(const std::string& settings, int epochs) {
  return "[run]\nseed = 1\nepochs = " + std::to_string(epochs) +
         "\n[data]\nbatch_size = 4\n[model]\nlayers = [ { type = \"dense\", units = 1, bias = false, initializer = \"ones\", " +
         settings + " } ]\n[optimizer]\nplugin = \"sgd\"\nlearning_rate = 0.1\n[loss]\nplugin = \"mse\"\n";
}

struct Linear {
  double weight[2] = {1, 1}, l1 = 0, l2 = 0, max_norm = 1e9;

  double loss() const {
    double sum = 0;
    for (std::size_t i = 0; i < 4; ++i) sum += std::pow(error(i), 2);
    return sum / 4 + l1 * (std::abs(weight[0]) + std::abs(weight[1])) + l2 * (weight[0] * weight[0] + weight[1] * weight[1]);
  }
  void step() {
    double gradient[2] = {};
    for (std::size_t k = 0; k < 2; ++k) {
      for (std::size_t i = 0; i < 4; ++i) gradient[k] += 2 * error(i) * features[2 * i + k] / 4;
      gradient[k] += l1 * (weight[k] > 0 ? 1 : -1) + 2 * l2 * weight[k];
    }
    for (std::size_t k = 0; k < 2; ++k) weight[k] -= 0.1 * gradient[k];
    const double norm = std::hypot(weight[0], weight[1]);
    for (double& each : weight) each *= std::min(1.0, max_norm / norm);
  }

 private:
  double error(std::size_t i) const { return weight[0] * features[2 * i] + weight[1] * features[2 * i + 1] - targets[i]; }
};

void check_run(const std::string& settings, Linear reference) {
  INFO(settings);
  const TemporaryFolder folder;
  Run run = run_of(manifest_of(settings, 5), folder / "run");
  run.train_data(features, {2}, targets).validation_data(features, {2}, targets);
  const Result result = run.fit();
  for (int i = 0; i < 4; ++i) reference.step();
  CHECK(result["loss"] == Approx(reference.loss()).epsilon(1e-5));
  reference.step();
  CHECK(result["val_loss"] == Approx(reference.loss()).epsilon(1e-5));
  CHECK(run.evaluate(features, {2}, targets)[0].second == result["val_loss"]);
  const std::vector<float> weight = run.model().predict(std::vector<float>{1, 0, 0, 1});
  CHECK(weight[0] == Approx(reference.weight[0]).epsilon(1e-5));
  CHECK(weight[1] == Approx(reference.weight[1]).epsilon(1e-5));
}

}  // namespace

TEST_CASE("a layer's penalties are in the loss, in its gradient, in the validation's loss and in evaluate's") {
  check_run("l1 = 0.2", {.l1 = 0.2});
  check_run("l2 = 0.3", {.l2 = 0.3});
  check_run("l1 = 0.05, l2 = 0.1", {.l1 = 0.05, .l2 = 0.1});
}

TEST_CASE("max_norm holds after every step") {
  check_run("max_norm = 0.75", {.max_norm = 0.75});
  check_run("max_norm = 0.5, l2 = 0.01", {.l2 = 0.01, .max_norm = 0.5});
}

TEST_CASE("penalties are added once for the batches of a step") {
  const TemporaryFolder folder;
  std::string manifest = manifest_of("l1 = 0.05, l2 = 0.1", 5);
  manifest.replace(manifest.find("batch_size = 4"), 14, "batch_size = 2");
  manifest.insert(manifest.find("[data]"), "accumulate = 2\n");
  Run run = run_of(manifest, folder / "run");
  run.train_data(features, {2}, targets);
  Linear reference{.l1 = 0.05, .l2 = 0.1};
  for (int i = 0; i < 4; ++i) reference.step();
  CHECK(run.fit()["loss"] == Approx(reference.loss()).epsilon(1e-5));
}

TEST_CASE("penalties and limits out of range are refused with their places") {
  const TemporaryFolder folder;
  const auto fault_of = [&](const std::string& settings) -> std::string {
    try {
      Run run = run_of(manifest_of(settings, 1), folder / "run");
      run.train_data(features, {2}, targets);
      run.check();
    } catch (const Error& error) {
      return error.what();
    }
    return "none";
  };
  CHECK_THAT(fault_of("l1 = -0.1"), ContainsSubstring("l1"));
  CHECK_THAT(fault_of("l2 = nan"), ContainsSubstring("l2"));
  CHECK_THAT(fault_of("max_norm = 0.0"), ContainsSubstring("max_norm"));
}
