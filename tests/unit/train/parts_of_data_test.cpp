// [run] limit_train, limit_validation and overfit_batches: a part of the batches, as if the data had no more.
#include <cmath>

#include "support/catch.hpp"
#include "unit/train/workshop.hpp"

using namespace treino;
using namespace treino::test;

namespace {

const double part_x[6] = {1.5, -0.5, 2, -1, 0.25, 1}, part_y[6] = {0.5, 1, -1, 0.75, 2, -0.25};

/// y = weight * x + bias, begun at 1 and 0; three batches of two rows, and two of one row for validation.
std::string manifest_of_parts(const Workshop& workshop, const std::string& run, const std::string& more = "",
                              const std::string& shuffle = "false") {
  write_text(workshop.path() / "d.csv", "x,y\n1.5,0.5\n-0.5,1\n2,-1\n-1,0.75\n0.25,2\n1,-0.25\n");
  write_text(workshop.path() / "v.csv", "x,y\n0.5,1\n1,0\n");
  return "[run]\nthreads = 1\n" + run + "\n[data]\nshuffle = " + shuffle +
         "\nbatch_size = 2\nevaluation_batch_size = 1\nvalidation = \"v.csv\"\n"
         "train = { file = \"d.csv\", target = \"y\", target_kind = \"values\" }\n"
         "[model]\nlayers = [ { type = \"dense\", units = 1, initializer = \"ones\" } ]\n"
         "[optimizer]\nplugin = \"sgd\"\nlearning_rate = 0.1\n[loss]\nplugin = \"mse\"\n" +
         more;
}

/// The weights after steps of these batches, in double.
std::vector<double> weights_after(const std::vector<int>& batches) {
  double weight = 1, bias = 0;
  for (const int batch : batches) {
    double slope = 0, intercept = 0;  // of mean (weight x + bias - y)^2 by the weight and the bias
    for (int i = 2 * batch; i < 2 * batch + 2; ++i) {
      const double error = weight * part_x[i] + bias - part_y[i];
      slope += error * part_x[i];
      intercept += error;
    }
    weight -= 0.1 * slope;
    bias -= 0.1 * intercept;
  }
  return {weight, bias};
}

}  // namespace

TEST_CASE("an epoch has the share or the number of batches that limit_train gives, at least one, and no more than there are") {
  const std::vector<std::pair<std::string, std::vector<int>>> limits = {{"2", {0, 1, 0, 1}},       {"1", {0, 0}},
                                                                        {"0.7", {0, 1, 0, 1}},     {"0.5", {0, 0}},
                                                                        {"0.01", {0, 0}},          {"1.0", {0, 1, 2, 0, 1, 2}},
                                                                        {"99", {0, 1, 2, 0, 1, 2}}};
  for (const auto& [limit, batches] : limits) {
    INFO(limit);
    const Workshop workshop;
    SilentRun run(workshop.plan(manifest_of_parts(workshop, "epochs = 2\nlimit_train = " + limit)), workshop.path() / "run");
    CHECK(run.run.session.info().batches_per_epoch == batches.size() / 2);
    CHECK(run.run.session.info().steps_per_epoch == batches.size() / 2);
    REQUIRE(run.fit().outcome == host::Outcome::done);
    check_near(weights_of(run), weights_after(batches));
  }
}

TEST_CASE("steps, groups of batches and the limit go together") {
  const Workshop workshop;
  SilentRun run(workshop.plan(manifest_of_parts(workshop, "steps = 3\nlimit_train = 2")), workshop.path() / "run");
  const train::Result result = run.fit();
  CHECK(result.epochs == 2);
  check_near(weights_of(run), weights_after({0, 1, 0}));
  SilentRun joined(workshop.plan(manifest_of_parts(workshop, "epochs = 2\nlimit_train = 2\naccumulate = 3")),
                   workshop.path() / "joined");
  REQUIRE(joined.fit().outcome == host::Outcome::done);
  CHECK(joined.run.progress.position().step == 2);  // the two batches of an epoch are one step
}

TEST_CASE("overfit_batches trains on the same first batches in each epoch, in the order of the data") {
  const Workshop workshop;
  SilentRun run(workshop.plan(manifest_of_parts(workshop, "epochs = 3\noverfit_batches = 2", "", "true")),
                workshop.path() / "run");
  REQUIRE(run.fit().outcome == host::Outcome::done);
  check_near(weights_of(run), weights_after({0, 1, 0, 1, 0, 1}));
}

TEST_CASE("validation is over the first batches that limit_validation or overfit_batches gives") {
  const auto validation_loss = [](const std::string& run_keys) {
    const Workshop workshop;
    SilentRun run(workshop.plan(manifest_of_parts(workshop, run_keys)), workshop.path() / "run");
    return number(run.fit(), "val_loss");
  };
  const auto by_hand = [](const std::vector<int>& batches, int rows) {
    const auto line = weights_after(batches);
    const double x[2] = {0.5, 1}, y[2] = {1, 0};
    double loss = 0;
    for (int i = 0; i < rows; ++i) loss += std::pow(line[0] * x[i] + line[1] - y[i], 2) / rows;
    return Approx(loss).epsilon(1e-5);
  };
  CHECK(validation_loss("limit_validation = 1") == by_hand({0, 1, 2}, 1));
  CHECK(validation_loss("limit_validation = 0.5") == by_hand({0, 1, 2}, 1));
  CHECK(validation_loss("limit_validation = 1.0") == by_hand({0, 1, 2}, 2));
  CHECK(validation_loss("limit_validation = 7") == by_hand({0, 1, 2}, 2));
  CHECK(validation_loss("overfit_batches = 1") == by_hand({0}, 1));
}

TEST_CASE("the test and what comes after the run look at all of the data") {
  const Workshop workshop;
  SilentRun run(workshop.plan(manifest_of_parts(workshop, "limit_train = 1\nlimit_validation = 1")), workshop.path() / "run");
  REQUIRE(run.fit().outcome == host::Outcome::done);
  int rows = 0;
  run.predict(run.run.data.validation, [&](std::uint32_t, std::span<const float>) { ++rows; });
  CHECK(rows == 2);
}

TEST_CASE("a limited run that is resumed after any step ends in the same weights, and its limit changes between epochs alone") {
  const Workshop workshop;
  const std::string text =
      manifest_of_parts(workshop, "epochs = 3\nlimit_train = 2",
                        "[[callback]]\nplugin = \"model_checkpoint\"\nfilepath = \"w/{step}.safetensors\"\nsave_freq = 1\n"
                        "async_checkpoint = false\n",
                        "true");
  SilentRun whole(workshop.plan(text), workshop.path() / "whole");
  REQUIRE(whole.fit().outcome == host::Outcome::done);
  for (int step = 1; step <= 6; ++step) {
    INFO("from step " << step);
    SilentRun rest(workshop.plan(text), workshop.path() / "rest");
    rest.restore(workshop.path() / ("whole/w/" + std::to_string(step) + ".safetensors"));
    CHECK(rest.fit().outcome == host::Outcome::done);
    CHECK(weights_of(rest) == weights_of(whole));
  }
  SilentRun other(workshop.plan(text, {"run.limit_train=3"}), workshop.path() / "other");
  CHECK(contains(what_is_thrown([&] { other.restore(workshop.path() / "whole/w/3.safetensors"); }),
                 "run.limit_train cannot change in the middle of an epoch: it was 2, and 3 is given"));
}

TEST_CASE("invalid limits, and limits that contradict each other, are refused with their places") {
  const Workshop workshop;
  const auto faults = [&](const std::string& run) { return workshop.faults(manifest_of_parts(workshop, run)); };
  using Faults = std::vector<std::string>;
  const std::string expected =
      " of [run]: expected a share of the batches greater than 0 and at most 1, such as 0.1, or an integer number of batches of "
      "at least 1, got ";
  CHECK(faults("limit_train = 0\nlimit_validation = 1.5\noverfit_batches = \"all\"") ==
        Faults{"train.toml:3:15: limit_train" + expected + "the integer 0",
               "train.toml:3:15: limit_train of [run]: overfit_batches limits it already; leave one of them out",
               "train.toml:4:20: limit_validation" + expected + "the float 1.5",
               "train.toml:4:20: limit_validation of [run]: overfit_batches limits it already; leave one of them out",
               "train.toml:5:19: overfit_batches" + expected + "the string \"all\""});
  for (const std::string wrong : {"-1", "0.0", "-0.5", "nan", "inf"}) {
    INFO(wrong);
    CHECK(faults("limit_train = " + wrong).at(0).rfind("train.toml:3:15: limit_train" + expected, 0) == 0);
  }
  std::string without = manifest_of_parts(workshop, "limit_validation = 1");
  without.erase(without.find("validation = \"v.csv\""), std::string("validation = \"v.csv\"\n").size());
  CHECK(workshop.faults(without) ==
        Faults{"train.toml:3:20: limit_validation of [run]: there are no validation data; give [data] validation"});
}
