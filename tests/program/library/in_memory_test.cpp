// Data that a program hands over are what the same data in a file are.
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "program/library/digits.hpp"
#include "support/catch.hpp"

using namespace treino;
using namespace treino::test;

namespace {

std::vector<std::pair<std::string, double>> scalars_of(Run& run) { return run.fit().scalars; }

/// y = 2a - b, of 64 samples.
struct Line {
  std::vector<float> features, targets;
  Line() {
    for (int i = 0; i < 64; ++i) {
      const float a = static_cast<float>(i % 8), b = static_cast<float>(i / 8);
      features.insert(features.end(), {a, b});
      targets.push_back(2 * a - b);
    }
  }
};

const std::string line_manifest =
    "[run]\nseed = 1\nepochs = 2\n[data]\nbatch_size = 8\n[model]\nlayers = [ { type = \"dense\", units = 1 } "
    "]\n[optimizer]\nplugin = "
    "\"sgd\"\nlearning_rate = 0.01\n[loss]\nplugin = \"mse\"\n";

}  // namespace

TEST_CASE("samples in memory train as the same samples in a file do") {
  const TemporaryFolder folder;
  const Digits data = digits();
  for (const std::string scaling : {"scale = 0.0625", "scaling = \"standardize\"", "scaling = \"min_max\""}) {
    INFO(scaling);
    Run file = run_of(digits_manifest(from_file, scaling), folder / ("file" + scaling.substr(0, 20)));
    Run memory = run_of(digits_manifest(from_memory, scaling), folder / ("memory" + scaling.substr(0, 20)));
    memory.train_data(data.features, {64}, data.labels);
    CHECK(scalars_of(file) == scalars_of(memory));
    const std::vector<float> some(data.features.begin(), data.features.begin() + 640);
    CHECK(file.model().predict(some) == memory.model().predict(some));
  }
}

// Each step's class is whether its number is positive.
TEST_CASE("samples in memory have a label for each step where the model's output is a sequence") {
  const TemporaryFolder folder;
  std::vector<float> features;
  std::vector<int> labels;
  for (int i = 0; i < 64 * 3; ++i) {
    features.push_back(static_cast<float>(i * 7 % 11 - 5) / 5 + 0.1f);
    labels.push_back(features.back() > 0 ? 1 : 0);
  }
  const std::string manifest =
      "[run]\nseed = 1\nepochs = 60\n[data]\nbatch_size = 8\n[model]\nlayers = [ { type = \"dense\", units = 2 } "
      "]\n[optimizer]\nplugin = \"adam\"\nlearning_rate = 0.1\n[loss]\nplugin = \"cross_entropy\"\n[[metric]]\nplugin = "
      "\"accuracy\"\n";
  Run run = run_of(manifest, folder / "run");
  run.train_data(features, {3, 1}, labels);
  CHECK(run.fit()["accuracy"] == 1);
  Model model = run.model();
  CHECK(model.outputs() == 6);
  CHECK(model.steps() == 3);
  const std::vector<float> predicted = model.predict({features.begin(), features.begin() + 6});
  REQUIRE(predicted.size() == 12);
  for (std::size_t step = 0; step < 6; ++step) {
    CHECK(predicted[2 * step] + predicted[2 * step + 1] == Approx(1));
    CHECK(model.class_of(predicted.data() + 2 * step) == labels[step]);
  }
  Run flat = run_of(digits_manifest(from_memory, ""), folder / "flat");
  const Digits data = digits(10);
  std::vector<int> twice(20);
  CHECK_THROWS_WITH(flat.train_data(data.features, {64}, twice).fit(), ContainsSubstring("the target has 2 columns of classes"));
}

TEST_CASE("they take the place of the file that the manifest names") {
  const TemporaryFolder folder;
  const Digits data = digits(100);
  Run run = run_of(digits_manifest("file = \"not_there.csv\", target = \"digit\", validation = 0.2"), folder / "run");
  run.train_data(data.features, {64}, data.labels);
  run.check();
  const Result result = run.fit();
  CHECK(result.outcome == Outcome::done);
  CHECK_FALSE(std::isnan(result["val_loss"]));
}

TEST_CASE("all three parts can be in memory, and the manifest need not have a section [data]") {
  const TemporaryFolder folder;
  const Line line;
  std::string manifest = line_manifest;
  manifest.erase(manifest.find("[data]\nbatch_size = 8\n"), 22);
  Run run = run_of(manifest, folder / "run");
  run.train_data(line.features, {2}, line.targets)
      .validation_data(line.features, {2}, line.targets)
      .test_data(line.features, {2}, line.targets);
  const Result result = run.fit();
  CHECK(result["val_loss"] == result["test_loss"]);
  // By hand: the loss of a model that is a line, on the same samples.
  Model model = run.model();
  const std::vector<float> predicted = model.predict(line.features);
  double sum = 0;
  for (std::size_t i = 0; i < predicted.size(); ++i) sum += std::pow(predicted[i] - line.targets[i], 2);
  CHECK(result["test_loss"] == Approx(sum / 64));
  CHECK(run.evaluate(line.features, {2}, line.targets) == run.evaluate());
  CHECK(run.evaluate()[0].first == "test_loss");
}

// A sample's features are those of the inputs one after the other, as the manifest names them.
TEST_CASE("samples of several inputs in memory train and predict as the same columns of a file do") {
  const TemporaryFolder folder;
  const Digits data = digits(300);
  std::string left = "[", right = "[";
  for (int i = 0; i < 64; ++i) (i < 48 ? left : right) += std::to_string(i) + ", ";
  std::string layers =
      "[ { type = \"conv2d\", filters = 2, kernel = 3, inputs = \"upper\" }, { type = \"flatten\", name = \"seen\" }, "
      "{ type = \"concat\", inputs = [\"seen\", \"lower\"] }, { type = \"dense\", units = 10 } ]";
  const auto with_inputs = [&](std::string manifest) {
    const std::size_t begin = manifest.find("layers = ") + 9, end = manifest.find("[optimizer]");
    manifest.replace(begin, end - begin, layers + "\n");
    return manifest.insert(manifest.find("[data]\n") + 7,
                           "inputs = { upper = { columns = " + left + "], shape = [1, 6, 8] }, lower = " + right + "] }\n");
  };
  write_text(folder / "digits.csv", [&] {
    std::string text;
    for (std::size_t i = 0; i < data.labels.size(); ++i) {
      for (std::size_t k = 0; k < 64; ++k) text += std::to_string(static_cast<int>(data.features[i * 64 + k])) + ",";
      text += std::to_string(data.labels[i]) + "\n";
    }
    return text;
  }());
  const std::string file =
      "file = \"" + (folder / "digits.csv").string() + "\", target = -1, target_kind = \"index\", validation = 0.2, test = 0.1";
  Run from_csv = run_of(with_inputs(digits_manifest(file)), folder / "file");
  Run memory = run_of(with_inputs(digits_manifest(from_memory)), folder / "memory");
  memory.train_data(data.features, {64}, data.labels);
  CHECK(scalars_of(from_csv) == scalars_of(memory));
  const std::vector<float> some(data.features.begin(), data.features.begin() + 640);
  CHECK(from_csv.model().predict(some) == memory.model().predict(some));
  CHECK(memory.model().inputs() == 64);
  Run wrong = run_of(with_inputs(digits_manifest(from_memory)), folder / "wrong");
  wrong.train_data(std::vector<float>(data.features.begin(), data.features.begin() + 630), {63}, std::vector<int>(10, 1));
  CHECK_THROWS_WITH(wrong.fit(),
                    ContainsSubstring("a sample has 63 features, and the inputs (upper 1x6x8, lower 16) have 64 together"));
}

TEST_CASE("classes keep the names that they are given") {
  const TemporaryFolder folder;
  const Digits data = digits(200);
  const std::vector<std::string> names = {"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"};
  Run run = run_of(digits_manifest(from_memory), folder / "run");
  run.train_data(data.features, {64}, data.labels, names);
  run.fit();
  CHECK(run.model().class_names() == names);
}

TEST_CASE("a resumed run gets its samples again, and others are refused") {
  const TemporaryFolder folder;
  const Line line;
  Run whole = run_of(line_manifest, folder / "whole");
  whole.train_data(line.features, {2}, line.targets);
  whole.fit();
  {
    Run run = run_of(line_manifest, folder / "run");
    run.train_data(line.features, {2}, line.targets);
    run.on_epoch([&](const Epoch&) { run.interrupt(); });
    CHECK(run.fit().outcome == Outcome::interrupted);
  }
  {
    Line other;
    other.features[0] = 99;
    Run wrong = run_of("", folder / "run");
    wrong.train_data(other.features, {2}, other.targets);
    CHECK_THROWS_WITH(wrong.resume(), ContainsSubstring("training data are not those"));
  }
  CHECK_THROWS_WITH(run_of("", folder / "run").resume(), ContainsSubstring("(in memory)"));
  Run resumed = run_of("", folder / "run");
  resumed.train_data(line.features, {2}, line.targets);
  CHECK(resumed.resume().outcome == Outcome::done);
  CHECK((read_text(folder / "run/model.safetensors") == read_text(folder / "whole/model.safetensors")));
}

TEST_CASE("samples that cannot be are refused with a sentence") {
  const TemporaryFolder folder;
  const Line line;
  Run run = run_of(line_manifest, folder / "run");
  CHECK_THROWS_WITH(run.train_data(line.features, {3}, line.targets), "128 features are no whole samples of 3");
  CHECK_THROWS_WITH(run.train_data({}, {2}, line.targets), "0 features are no whole samples of 2");
  CHECK_THROWS_WITH(run.train_data(line.features, {2}, std::vector<int>(63)), "63 targets do not fit 64 samples");
  CHECK_THROWS_WITH(run.train_data(line.features, {2}, std::vector<int>(100)), "100 targets do not fit 64 samples");
  CHECK_THROWS_WITH(run.train_data(line.features, {2}, std::vector<float>()), "0 targets do not fit 64 samples");

  const float nan = std::nanf(""), infinity = std::numeric_limits<float>::infinity();
  for (const auto& [value, text] : {std::pair{nan, "training data: row 3, element 2: NaN, a missing value"},
                                    std::pair{infinity, "training data: row 3, element 2: expected a finite number"}}) {
    Line bad;
    bad.features[5] = value;
    Run faulty = run_of(line_manifest, folder / "run");
    faulty.train_data(bad.features, {2}, bad.targets);
    CHECK_THROWS_WITH(faulty.fit(), ContainsSubstring(text));
  }
  Run labels = run_of(line_manifest, folder / "run");
  labels.train_data(line.features, {2}, std::vector<long>(64, -1));
  CHECK_THROWS_WITH(labels.fit(), ContainsSubstring("-1"));
}

TEST_CASE("missing values are treated as the manifest says") {
  const TemporaryFolder folder;
  Line line;
  line.features[5] = std::nanf("");
  std::string manifest = line_manifest;
  manifest.replace(manifest.find("batch_size"), 0, "train = { missing = \"mean\" }\n");
  Run run = run_of(manifest, folder / "run");
  run.train_data(line.features, {2}, line.targets);
  CHECK(run.fit().outcome == Outcome::done);
  // The mean of b over the 63 samples that have it: (8 * 28 - 0) / 63.
  Model model = run.model();
  const float mean = static_cast<float>(224.0 / 63.0);
  CHECK(model.predict({1.0f, std::nanf("")}) == model.predict({1.0f, mean}));
}
