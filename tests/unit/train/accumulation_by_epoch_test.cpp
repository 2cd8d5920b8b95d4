// Gradient accumulation that changes from epoch to epoch, as GradientAccumulationScheduler of Lightning has it.
#include <functional>

#include "support/catch.hpp"
#include "unit/train/workshop.hpp"

using namespace treino;
using namespace treino::test;

namespace {

const double xs[6] = {1.5, -0.5, 2, -1, 0.25, 1}, ys[6] = {0.5, 1, -1, 0.75, 2, -0.25};

/// y = weight * x + bias, begun at 1 and 0, on the six rows in their order in batches of two.
std::string manifest_of(const Workshop& workshop, const std::string& accumulate, const std::string& more = "") {
  std::string file = "x,y\n";
  for (int i = 0; i < 6; ++i) file += std::to_string(xs[i]) + "," + std::to_string(ys[i]) + "\n";
  write_text(workshop.path() / "d.csv", file);
  return "[run]\nepochs = 5\nthreads = 1\naccumulate = " + accumulate +
         "\n[data]\nshuffle = false\nbatch_size = 2\n"
         "train = { file = \"d.csv\", target = \"y\", target_kind = \"values\" }\n"
         "[model]\nlayers = [ { type = \"dense\", units = 1, initializer = \"ones\" } ]\n"
         "[optimizer]\nplugin = \"sgd\"\nlearning_rate = 0.1\n[loss]\nplugin = \"mse\"\n" +
         more;
}

/// The weights after epochs whose steps are of so many rows each; in double.
std::vector<double> by_hand(const std::vector<int>& rows_per_step_of_epochs) {
  double weight = 1, bias = 0;
  for (const int rows : rows_per_step_of_epochs)
    for (int first = 0; first < 6; first += rows) {
      const int last = std::min(first + rows, 6);
      double slope = 0, intercept = 0;  // of mean (weight x + bias - y)^2 by the weight and the bias
      for (int i = first; i < last; ++i) {
        const double error = weight * xs[i] + bias - ys[i];
        slope += 2 * error * xs[i] / (last - first);
        intercept += 2 * error / (last - first);
      }
      weight -= 0.1 * slope;
      bias -= 0.1 * intercept;
    }
  return {weight, bias};
}

}  // namespace

TEST_CASE("from each epoch of the table on a step is that of so many batches joined") {
  const Workshop workshop;
  const std::vector<std::pair<std::string, std::vector<int>>> tables = {
      {"{ 0 = 3, 2 = 1, 4 = 2 }", {6, 6, 2, 2, 4}},
      {"{ 4 = 2, 2 = 1, 0 = 3 }", {6, 6, 2, 2, 4}},  // in any order
      {"{ 3 = 9 }", {2, 2, 2, 6, 6}},                // 1 before the first; more batches than there are
      {"{ 0 = 2, 100 = 1 }", {4, 4, 4, 4, 4}},
      {"2", {4, 4, 4, 4, 4}}};
  for (const auto& [accumulate, rows] : tables) {
    INFO(accumulate);
    SilentRun run(workshop.plan(manifest_of(workshop, accumulate)), workshop.path() / "run");
    REQUIRE(run.fit().outcome == host::Outcome::done);
    check_near(weights_of(run), by_hand(rows));
  }
}

TEST_CASE("schedulers that count steps are told how many there will be in all") {
  const Workshop workshop;
  // 1 + 1 + 3 + 3 + 2 steps: half a cosine from 0.1 to 0 over ten of them, 0.05 * (1 + cos(pi t / 10)).
  const std::string more =
      "[[scheduler]]\nplugin = \"cosine_with_min_lr\"\nunit = \"step\"\nmin_lr = 0.0\n"
      "[[callback]]\nplugin = \"lambda\"\nunsafe = true\n"
      "on_step_end = \"local f = io.open('" +
      (workshop.path() / "rates").string() + "', 'a') f:write(string.format('%d %.4f ', step, lr)) f:close()\"\n";
  SilentRun run(workshop.plan(manifest_of(workshop, "{ 0 = 3, 2 = 1, 4 = 2 }", more)), workshop.path() / "run");
  CHECK(run.fit().outcome == host::Outcome::done);
  CHECK(read_text(workshop.path() / "rates") ==
        "1 0.1000 2 0.0976 3 0.0905 4 0.0794 5 0.0655 6 0.0500 7 0.0345 8 0.0206 9 0.0095 10 0.0024 ");
}

TEST_CASE("a run that is resumed in the middle keeps its table, and ends in the same weights") {
  const Workshop workshop;
  const std::string saver =
      "[[callback]]\nplugin = \"model_checkpoint\"\nfilepath = \"w/{step}.safetensors\"\nsave_freq = 1\nasync_checkpoint = "
      "false\n";
  const std::string text = manifest_of(workshop, "{ 0 = 3, 2 = 1, 4 = 2 }", saver);
  SilentRun whole(workshop.plan(text), workshop.path() / "whole");
  REQUIRE(whole.fit().outcome == host::Outcome::done);
  for (int step = 1; step < 10; ++step) {
    INFO("from step " << step);
    SilentRun rest(workshop.plan(text), workshop.path() / "rest");
    rest.restore(workshop.path() / ("whole/w/" + std::to_string(step) + ".safetensors"));
    CHECK(rest.fit().outcome == host::Outcome::done);
    CHECK(weights_of(rest) == weights_of(whole));
  }
}

TEST_CASE("in the middle of an epoch the table cannot be another, between two it can") {
  const Workshop workshop;
  const std::string saver =
      "[[callback]]\nplugin = \"model_checkpoint\"\nfilepath = \"w/{step}.safetensors\"\nsave_freq = 1\nasync_checkpoint = "
      "false\n";
  SilentRun whole(workshop.plan(manifest_of(workshop, "{ 0 = 3, 2 = 1 }", saver)), workshop.path() / "whole");
  REQUIRE(whole.fit().outcome == host::Outcome::done);
  SilentRun rest(workshop.plan(manifest_of(workshop, "2", saver)), workshop.path() / "rest");
  const std::string text = what_is_thrown([&] { rest.restore(workshop.path() / "whole/w/3.safetensors"); });
  INFO(text);
  CHECK(text.find("run.accumulate cannot change in the middle of an epoch: it was { 0 = 3, 2 = 1 }, and 2 is given") !=
        std::string::npos);
}

TEST_CASE("an invalid table by epoch is refused with its place") {
  const Workshop workshop;
  const auto fault = [&](const std::string& accumulate) {
    const auto faults = workshop.faults(manifest_of(workshop, accumulate));
    return faults.empty() ? std::string() : faults.front();
  };
  CHECK(fault("{ 0 = 3, 2 = 1 }").empty());
  CHECK(fault("0") == "train.toml:4:14: accumulate of [run]: expected an integer of at least 1, got the integer 0");
  CHECK(fault("2.0") == "train.toml:4:14: accumulate of [run]: expected an integer of at least 1, got the float 2.0 (write 2)");
  CHECK(fault("\"4\"") ==
        "train.toml:4:14: accumulate of [run]: expected an integer of at least 1, or a table of them by epoch such as "
        "{ 0 = 8, 4 = 4 }, got the string \"4\"");
  CHECK(fault("{}") ==
        "train.toml:4:14: accumulate of [run]: expected an integer of at least 1, or a table of them by epoch such as "
        "{ 0 = 8, 4 = 4 }, got an empty table");
  CHECK(fault("{ 0 = 3, 2 = 0 }") ==
        "train.toml:4:27: accumulate of [run] from epoch 2 on: expected an integer of at least 1, got the integer 0");
  CHECK(fault("{ 0 = 3, two = 1 }") ==
        "train.toml:4:23: accumulate of [run]: expected an epoch, counted from 0, got the key 'two'");
  CHECK(fault("{ 02 = 1 }") == "train.toml:4:16: accumulate of [run]: expected an epoch, counted from 0, got the key '02'");
  CHECK(fault("{ -1 = 1 }") == "train.toml:4:16: accumulate of [run]: expected an epoch, counted from 0, got the key '-1'");
  CHECK(fault("{ 99999999999999999999 = 1 }").find("expected an epoch") != std::string::npos);
}
