// A trained model predicts in a program what `treino predict` writes.
#include <cmath>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "program/library/digits.hpp"
#include "support/catch.hpp"

using namespace treino;
using namespace treino::test;
namespace fs = std::filesystem;

namespace {

/// Class and probabilities of every row, as the program says them.
struct Predicted {
  std::vector<std::string> classes;
  std::vector<float> outputs;
};

Predicted predicted_by_program(const fs::path& model, const fs::path& data) {
  ProcessOptions options;
  options.arguments = {TREINO, "predict", model.string(), data.string()};
  const Finished finished = run_process(options);
  INFO(finished.error);
  REQUIRE(finished.exit_code == 0);
  Predicted result;
  std::istringstream lines(finished.output);
  std::string line, cell;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    std::istringstream cells(line);
    std::getline(cells, cell, ',');
    std::getline(cells, cell, ',');
    result.classes.push_back(cell);
    while (std::getline(cells, cell, ',')) result.outputs.push_back(std::stof(cell));
  }
  return result;
}

}  // namespace

TEST_CASE("a model's predictions are bit for bit those of the program, however many at a time") {
  const TemporaryFolder folder;
  const Digits data = digits(300);
  for (const std::string scaling : {"", "scale = 0.0625", "scaling = \"standardize\"", "scaling = \"min_max\""}) {
    INFO(scaling);
    const fs::path own = folder / ("run" + std::to_string(scaling.size()));
    run_of(digits_manifest(from_file, scaling), own).fit();
    const Predicted expected = predicted_by_program(own / "model.safetensors", DIGITS);
    fs::copy(own / "model.safetensors", folder / "model.safetensors", fs::copy_options::overwrite_existing);
    Model model((folder / "model.safetensors").string());
    CHECK(model.shape() == std::vector<std::int64_t>{64});
    CHECK(model.inputs() == 64);
    CHECK(model.outputs() == 10);
    const std::vector<float> outputs = model.predict(data.features);
    REQUIRE(outputs.size() == 3000);
    CHECK(outputs == std::vector<float>(expected.outputs.begin(), expected.outputs.begin() + 3000));
    const std::vector<std::string> names = model.class_names();
    for (std::size_t i = 0; i < 300; ++i)
      CHECK(names.at(static_cast<std::size_t>(model.class_of(&outputs[i * 10]))) == expected.classes[i]);
    std::vector<float> one(10);
    for (std::size_t i = 0; i < 5; ++i) {
      model.predict(&data.features[i * 64], 1, one.data());
      CHECK(one ==
            std::vector<float>(outputs.begin() + static_cast<long>(i * 10), outputs.begin() + static_cast<long>(i * 10 + 10)));
    }
    CHECK(Model(own.string()).predict(data.features) == outputs);  // a run's folder
  }
}

TEST_CASE("models in several threads, one for each, predict alike") {
  const TemporaryFolder folder;
  const Digits data = digits(100);
  Run run = run_of(digits_manifest(from_file), folder / "run");
  run.fit();
  const std::vector<float> expected = run.model().predict(data.features);
  std::vector<std::vector<float>> found(4);
  std::vector<std::thread> threads;
  for (std::vector<float>& result : found)
    threads.emplace_back([&] {
      Model model((folder / "run/model.safetensors").string());
      for (int i = 0; i < 20; ++i) result = model.predict(data.features);
    });
  for (std::thread& thread : threads) thread.join();
  for (const std::vector<float>& result : found) CHECK(result == expected);
}

TEST_CASE("what no model can predict is refused with a sentence") {
  const TemporaryFolder folder;
  run_of(digits_manifest(from_file), folder / "run").fit();
  Model model((folder / "run").string());
  std::vector<float> sample(64, 1.0f);
  CHECK(model.predict({}).empty());
  CHECK_THROWS_WITH(model.predict(std::vector<float>(65)), "65 features are no whole samples of 64");
  sample[3] = std::nanf("");
  CHECK_THROWS_WITH(model.predict(sample), ContainsSubstring("samples to predict: row 1, element 4: NaN, a missing value"));
  sample[3] = HUGE_VALF;
  CHECK_THROWS_WITH(model.predict(sample), ContainsSubstring("expected a finite number"));
  sample[3] = 3e38f;  // times 1/16 it is a float still
  CHECK(model.predict(sample).size() == 10);
  CHECK_THROWS_WITH(Model((folder / "none.safetensors").string()),
                    ContainsSubstring("there is no such model file or run folder"));
  write_text(folder / "bad.safetensors", "not a model");
  CHECK_THROWS_AS(Model((folder / "bad.safetensors").string()), Error);
  CHECK_THROWS_AS(Model((folder / "run").string(), -1), Error);
}
