// Gradient accumulation: the step of a group of batches is that of one batch of all their samples.
#include <cmath>

#include "support/catch.hpp"
#include "unit/train/workshop.hpp"

using namespace treino;
using namespace treino::test;

namespace {

/// One layer of ones without hidden units, in the order of the file, so that a step can be worked out by hand.
std::string manifest_of(const std::string& data, int units, const std::string& loss) {
  return "[run]\nepochs = 1\nthreads = 1\n[data]\nshuffle = false\n" + data +
         "[model]\nlayers = [ { type = \"dense\", units = " + std::to_string(units) +
         ", initializer = \"ones\" } ]\n[optimizer]\nplugin = \"sgd\"\nlearning_rate = 0.1\n[loss]\n" + loss;
}

std::vector<float> trained(const Workshop& workshop, const std::string& text, int batch_size, int accumulate) {
  SilentRun run(
      workshop.plan(text, {"data.batch_size=" + std::to_string(batch_size), "run.accumulate=" + std::to_string(accumulate)}),
      workshop.path() / "run");
  REQUIRE(run.fit().outcome == host::Outcome::done);
  return weights_of(run);
}

const double xs[6] = {1.5, -0.5, 2, -1, 0.25, 1}, ys[6] = {0.5, 1, -1, 0.75, 2, -0.25};

}  // namespace

TEST_CASE("a group of batches of unequal size makes the step of one batch of all its samples") {
  const Workshop workshop;
  std::string file = "x,y\n";
  double slope = 0, intercept = 0;  // of mean (x + 0 - y)^2 by the weight and the bias
  for (int i = 0; i < 6; ++i) {
    file += std::to_string(xs[i]) + "," + std::to_string(ys[i]) + "\n";
    slope += 2 * (xs[i] - ys[i]) * xs[i] / 6;
    intercept += 2 * (xs[i] - ys[i]) / 6;
  }
  write_text(workshop.path() / "d.csv", file);
  const std::string data = "train = { file = \"d.csv\", target = \"y\", target_kind = \"values\" }\n";
  for (const auto& [batch, accumulate] : {std::pair(6, 1), {3, 2}, {2, 3}, {4, 2}, {5, 2}, {1, 6}, {4, 9}}) {
    INFO("batches of " << batch << ", accumulate " << accumulate);
    check_near(trained(workshop, manifest_of(data, 1, "plugin = \"mse\"\n"), batch, accumulate),
               {1 - 0.1 * slope, -0.1 * intercept});
    check_near(trained(workshop, manifest_of(data, 1, "plugin = \"mse\"\nreduction = \"sum\"\n"), batch, accumulate),
               {1 - 0.6 * slope, -0.6 * intercept});
    // A sum of losses is reduced as its losses are.
    check_near(trained(workshop,
                       manifest_of(data, 1,
                                   "plugin = \"weighted_sum\"\nweights = [0.5]\n"
                                   "losses = [ { plugin = \"mse\", reduction = \"sum\" } ]\n"),
                       batch, accumulate),
               {1 - 0.3 * slope, -0.3 * intercept});
  }
}

TEST_CASE("the last group of an epoch is as small as what is left, and its step counts its samples alike") {
  const Workshop workshop;
  std::string file = "x,y\n";
  for (int i = 0; i < 6; ++i) file += std::to_string(xs[i]) + "," + std::to_string(ys[i]) + "\n";
  write_text(workshop.path() / "d.csv", file);
  const std::string data = "train = { file = \"d.csv\", target = \"y\", target_kind = \"values\" }\n";
  // Two steps: of rows 0 to 3, then of rows 4 and 5.
  double weight = 1, bias = 0;
  for (const auto& [first, last] : {std::pair(0, 4), {4, 6}}) {
    double slope = 0, intercept = 0;
    for (int i = first; i < last; ++i) {
      slope += 2 * (weight * xs[i] + bias - ys[i]) * xs[i] / (last - first);
      intercept += 2 * (weight * xs[i] + bias - ys[i]) / (last - first);
    }
    weight -= 0.1 * slope;
    bias -= 0.1 * intercept;
  }
  check_near(trained(workshop, manifest_of(data, 1, "plugin = \"mse\"\n"), 2, 2), {weight, bias});
  check_near(trained(workshop, manifest_of(data, 1, "plugin = \"mse\"\n"), 4, 1), {weight, bias});
}

TEST_CASE("class weights, weighted means, sums and ignored classes are those of the whole group") {
  const Workshop workshop;
  // With weights of ones and two outputs both probabilities are 1/2 for every row.
  const int classes[6] = {0, 0, 1, 0, 1, 1};
  const double class_weights[2] = {1, 9};
  std::string file = "x,y\n";
  for (int i = 0; i < 6; ++i) file += std::to_string(xs[i]) + "," + (classes[i] == 0 ? "a" : "b") + "\n";
  write_text(workshop.path() / "d.csv", file);
  const std::string data = "train = { file = \"d.csv\", target = \"y\" }\n";
  const std::string weighted = data + "class_weights = { a = 1.0, b = 9.0 }\n";
  // `weigh` of a row, over `total`.
  const auto expected = [&](auto weigh, double total) {
    double weight[2] = {1, 1}, bias[2] = {0, 0};
    for (int i = 0; i < 6; ++i)
      for (int k = 0; k < 2; ++k) {
        const double gradient = (0.5 - (classes[i] == k ? 1 : 0)) * weigh(i) / total;
        weight[k] -= 0.1 * gradient * xs[i];
        bias[k] -= 0.1 * gradient;
      }
    return std::vector<double>{weight[0], weight[1], bias[0], bias[1]};
  };
  const auto by_class = [&](int i) { return class_weights[classes[i]]; };
  const auto of_a = [&](int i) { return classes[i] == 0 ? 1.0 : 0.0; };
  for (const auto& [batch, accumulate] : {std::pair(6, 1), {4, 2}, {2, 3}, {1, 6}}) {
    INFO("batches of " << batch << ", accumulate " << accumulate);
    const auto train = [&](const std::string& rows, const std::string& more) {
      return trained(workshop, manifest_of(rows, 2, "plugin = \"cross_entropy\"\n" + more), batch, accumulate);
    };
    check_near(train(weighted, ""), expected(by_class, 6));
    check_near(train(weighted, "reduction = \"weighted_mean\"\n"), expected(by_class, 30));
    check_near(train(weighted, "reduction = \"sum\"\n"), expected(by_class, 1));
    check_near(train(data, "ignore_index = 1\n"), expected(of_a, 3));
  }
}

TEST_CASE("a group in which nothing counts takes a step of nothing") {
  const Workshop workshop;
  write_text(workshop.path() / "d.csv", "x,y\n1,a\n2,a\n3,b\n4,b\n");
  const std::string data = "train = { file = \"d.csv\", target = \"y\" }\nclass_weights = { a = 0.0, b = 0.0 }\n";
  const auto weights =
      trained(workshop, manifest_of(data, 2, "plugin = \"cross_entropy\"\nreduction = \"weighted_mean\"\n"), 2, 2);
  CHECK(weights == std::vector<float>{1, 1, 0, 0});
}

TEST_CASE("the largest value of accumulate makes one group of all batches, and steps are counted to the largest integer") {
  const Workshop workshop;
  write_text(workshop.path() / "d.csv", "x,y\n1,2\n2,3\n3,4\n");
  const std::string data = "train = { file = \"d.csv\", target = \"y\", target_kind = \"values\" }\nbatch_size = 1\n";
  const std::string text = manifest_of(data, 1, "plugin = \"mse\"\n");
  SilentRun one(workshop.plan(text, {"run.accumulate=9223372036854775807"}), workshop.path() / "one");
  CHECK(one.run.steps_per_epoch() == 1);
  REQUIRE(one.fit().outcome == host::Outcome::done);
  CHECK(weights_of(one) == trained(workshop, text, 1, 3));
  // 3 steps in each of 2^63 - 1 epochs: a schedule of as many is prepared, and gives its first rate.
  const std::string schedule = "[[scheduler]]\nplugin = \"linear\"\ntotal_iters = 10\nunit = \"step\"\n";
  SilentRun(workshop.plan(text + schedule, {"run.epochs=9223372036854775807"}), workshop.path() / "long");
}
