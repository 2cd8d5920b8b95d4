// What sizes, NaN and class weights must not do.
#include <cmath>

#include "store/safetensors_read.hpp"
#include "support/catch.hpp"
#include "unit/train/workshop.hpp"

using namespace treino;
using namespace treino::test;

namespace {

const std::string last = std::to_string(INT64_MAX);

}  // namespace

TEST_CASE("a batch is never planned larger than the data: the largest sizes train as the number of rows does") {
  const Workshop workshop;
  const auto train = [&](const std::string& batch, const std::string& evaluated) {
    SilentRun run(workshop.plan(wine + small_model, {"data.batch_size=" + batch, "data.evaluation_batch_size=" + evaluated}),
                  workshop.path() / "run");
    REQUIRE(run.fit().outcome == host::Outcome::done);
    return weights_of(run);
  };
  const auto expected = train("142", "36");  // 178 rows, a fifth of them for validation
  for (const std::string& size : {last, std::string("1000000000"), std::string("4611686018427387904"), std::string("143")}) {
    INFO(size);
    CHECK(train(size, size) == expected);
    CHECK(train(size, "0") == expected);
  }
}

TEST_CASE("data with more rows than the run's own are evaluated and predicted in batches that fit") {
  const Workshop workshop;
  std::string few = "x,y\n";
  for (int i = 0; i < 5; ++i) few += std::to_string(i) + "," + std::to_string(i) + "\n";
  write_text(workshop.path() / "few.csv", few);
  const std::string text =
      "[data]\ntrain = { file = \"few.csv\", target = \"y\", target_kind = \"values\" }\nbatch_size = " + last +
      "\n[model]\nlayers = [ { type = \"dense\", units = 1, initializer = \"ones\" } ]\n"
      "[optimizer]\nplugin = \"sgd\"\nlearning_rate = 1e-30\n[loss]\nplugin = \"mse\"\n";
  SilentRun run(workshop.plan(text), workshop.path() / "run");
  const data::Dataset other = run.run.data.training.rows(std::vector<std::uint32_t>(500, 3));
  std::vector<float> outputs;
  run.predict(other, [&](std::uint32_t, std::span<const float> row) { outputs.push_back(row[0]); });
  REQUIRE(outputs.size() == 500);
  CHECK(outputs[499] == 3);
  CHECK(run.test(other)[0].second == 0);
}

TEST_CASE("a network whose batch no memory could hold is refused with its layer's place") {
  const Workshop workshop;
  std::string rows = "x,y\n";
  for (int i = 0; i < 1000; ++i) rows += "1,2\n";
  write_text(workshop.path() / "d.csv", rows);
  const std::string text =
      "[data]\ntrain = { file = \"d.csv\", target = \"y\", target_kind = \"values\" }\nbatch_size = " + last +
      "\n[model]\nlayers = [\n  { type = \"dense\", units = 2147483647 },\n  { type = \"dense\", units = 1 },\n]\n"
      "[optimizer]\nplugin = \"sgd\"\nlearning_rate = 0.1\n[loss]\nplugin = \"mse\"\n";
  std::string thrown = "nothing";
  try {
    SilentRun run(workshop.plan(text), workshop.path() / "run");
  } catch (const std::exception& exception) {
    thrown = exception.what();
  }
  INFO(thrown);
  CHECK(contains(thrown, "train.toml:6:"));
  CHECK(contains(thrown, "layer 1 dense: 2147483647 numbers for each of 1000 samples"));
  CHECK(contains(thrown, "at most 512 samples"));
}

TEST_CASE("class weights change what is learned, and no metric that does not ask for them") {
  const Workshop workshop;
  // One dense layer of ones gives both outputs the same, whatever the row: everything is predicted as class a.
  write_text(workshop.path() / "d.csv", "x,y\n1,a\n2,a\n3,a\n4,a\n5,b\n6,b\n");
  const auto train = [&](const std::string& weights, const std::string& metric) {
    const std::string text =
        "[run]\nepochs = 1\n[data]\ntrain = { file = \"d.csv\", target = \"y\" }\nvalidation = \"d.csv\"\n"
        "batch_size = 4\n" +
        weights +
        "[model]\nlayers = [ { type = \"dense\", units = 2, initializer = \"ones\" } ]\n"
        "[optimizer]\nplugin = \"sgd\"\nlearning_rate = 1e-30\n[loss]\nplugin = \"cross_entropy\"\n"
        "[[metric]]\nplugin = \"accuracy\"\n" +
        metric;
    SilentRun run(workshop.plan(text), workshop.path() / "run");
    train::Result result = run.fit();
    const auto tested = run.test(run.run.data.training);
    result.scalars.insert(result.scalars.end(), tested.begin(), tested.end());
    return result;
  };
  const std::string weights = "class_weights = { a = 1.0, b = 9.0 }\n";
  for (const auto& [given, metric] : {std::pair(std::string(), std::string()), {weights, ""}, {weights, "weighted = false\n"}}) {
    const train::Result result = train(given, metric);
    for (const char* name : {"accuracy", "val_accuracy", "test_accuracy"}) CHECK(number(result, name) == Approx(4.0 / 6));
  }
  const train::Result asked = train(weights, "weighted = true\n");
  CHECK(number(asked, "accuracy") == Approx(4.0 / (4 + 2 * 9)));
  CHECK(number(asked, "val_accuracy") == Approx(4.0 / 6));  // these samples have no weights
  CHECK(number(asked, "test_accuracy") == Approx(4.0 / 6));
  CHECK(number(train(weights, ""), "loss") > number(train("", ""), "loss"));
}

TEST_CASE("a run whose weights have become NaN is diverged, whatever its scalars say, and has no checkpoint") {
  const Workshop workshop;
  SilentRun run(workshop.plan(wine + small_model, {"optimizer.learning_rate=1e30"}), workshop.path() / "run");
  const train::Result result = run.fit();
  CHECK(result.outcome == host::Outcome::diverged);
  INFO(result.reason);
  CHECK(contains(result.reason, " is NaN or infinite after epoch 4"));
  CHECK_FALSE(std::filesystem::exists(workshop.path() / "run/checkpoint.safetensors"));
}

TEST_CASE("outputs that are NaN are named when a model is tested or predicts") {
  const Workshop workshop;
  std::filesystem::create_directories(workshop.path() / "run");
  SilentRun run(workshop.plan(wine + small_model), workshop.path() / "run");
  run.log.open(workshop.path() / "run");
  const auto log = [&] { return read_text(workshop.path() / "run/log.jsonl"); };
  run.test(run.run.data.validation);
  run.predict(run.run.data.validation, [](std::uint32_t, std::span<const float>) {});
  CHECK_FALSE(contains(log(), "NaN"));
  data::Dataset broken = run.run.data.validation;
  broken.features[0] = std::nanf("");
  broken.features[static_cast<std::size_t>(broken.sample_size())] = INFINITY;
  run.test(broken);
  CHECK(contains(log(), "the outputs of 2 of 36 samples are NaN or infinite: the weights are finite; look at the features"));
  const_cast<nn::Model&>(run.run.model).parameters()[0].value[3] = std::nanf("");
  run.predict(run.run.data.validation, [](std::uint32_t, std::span<const float>) {});
  CHECK(contains(log(), "the outputs of 36 of 36 samples are NaN or infinite: dense_1/weight is NaN or infinite"));
}

TEST_CASE("between epochs no metric is in a checkpoint: the scores of an exact auc are counted again") {
  const Workshop workshop;
  const std::string text = wine + small_model + "[[metric]]\nplugin = \"auc\"\n" + R"([[callback]]
plugin = "model_checkpoint"
filepath = "w/{step}.safetensors"
save_freq = 5
)";
  SilentRun run(workshop.plan(text), workshop.path() / "run");
  REQUIRE(run.fit().outcome == host::Outcome::done);  // steps 5, 10, ..., 35 lie within epochs of nine steps
  const store::TensorFile whole(workshop.path() / "run/checkpoint.safetensors");
  CHECK(whole.find("treino.plugin/metric/auc") == nullptr);
  const store::TensorFile within(workshop.path() / "run/w/30.safetensors");
  CHECK(within.find("treino.plugin/metric/auc") != nullptr);
  for (const char* name : {"w/30.safetensors", "w/35.safetensors"}) {
    SilentRun rest(workshop.plan(text), workshop.path() / "rest");
    rest.restore(workshop.path() / "run" / name);
    const train::Result result = rest.fit();
    CHECK(weights_of(rest) == weights_of(run));
    CHECK(read_text(workshop.path() / "rest/checkpoint.safetensors") ==
          read_text(workshop.path() / "run/checkpoint.safetensors"));
  }
}
