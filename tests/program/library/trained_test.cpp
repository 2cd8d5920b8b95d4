// Trained models from file to file: the same bytes and numbers as the program's, which is made of the same functions, so that what is
// compared with is the run itself, and a model in memory.
#include <cmath>
#include <sstream>
#include <string>
#include <vector>

#include "program/library/digits.hpp"
#include "support/catch.hpp"

using namespace treino;
using namespace treino::test;
namespace fs = std::filesystem;

namespace {

/// A trained run with a table, and rows of features in a file.
struct Fixture {
  TemporaryFolder folder;
  Result result;
  Digits some = digits(30);

  Fixture() {
    result = run_of(digits_manifest(from_file) + "[[metric]]\nplugin = \"confusion_matrix\"\n", folder / "run").fit();
    std::ostringstream rows;
    for (std::size_t i = 0; i < 30; ++i) {
      for (std::size_t j = 0; j < 64; ++j) rows << some.features[i * 64 + j] << ',';
      rows << some.labels[i] << '\n';
    }
    write_text(folder / "some.csv", rows.str());
  }
  Trained trained() const { return Trained((folder / "run").string()).plugin_folder(PLUGINS).quiet(); }
  std::string file(const char* name) const { return (folder / name).string(); }
};

std::vector<std::vector<std::string>> cells(const std::string& csv) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream lines(csv);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream row(line);
    rows.emplace_back();
    for (std::string cell; std::getline(row, cell, ',');) rows.back().push_back(cell);
  }
  return rows;
}

}  // namespace

TEST_CASE("an evaluation gives the run's own scalars, on its parts and on a file; tables come as texts") {
  const Fixture fixture;
  const Trained::Evaluation test = fixture.trained().evaluate();
  CHECK(test["accuracy"] == fixture.result["test_accuracy"]);
  CHECK(test["loss"] == Approx(fixture.result["test_loss"]).epsilon(1e-12));
  CHECK(std::isnan(test["test_accuracy"]));
  CHECK(fixture.trained().evaluate(Part::validation)["accuracy"] == fixture.result["val_accuracy"]);
  REQUIRE(test.tables.size() == 1);
  CHECK(test.tables[0].title == "confusion_matrix (rows: class, columns: predicted as)");
  CHECK(test.tables[0].text.find('\n') != std::string::npos);
  CHECK(fixture.trained().evaluate(Part::test, 20, 100).tables[0].text.empty());
  CHECK(fixture.trained().evaluate(Part::test, 0, 3).tables[0].text.empty());

  Model model(fixture.file("run"));
  std::size_t right = 0;
  const std::vector<float> outputs = model.predict(fixture.some.features);
  for (std::size_t i = 0; i < 30; ++i) right += model.class_of(outputs.data() + i * 10) == fixture.some.labels[i] ? 1 : 0;
  CHECK(fixture.trained().evaluate_file(fixture.file("some.csv"))["accuracy"] == static_cast<double>(right) / 30);
}

TEST_CASE("predictions go to a file or to a function, the same bytes, equal to those from memory") {
  const Fixture fixture;
  CHECK(fixture.trained().predict(fixture.file("some.csv"), fixture.file("out.csv")) == 30);
  const std::string written = read_text(fixture.folder / "out.csv");
  std::string received;
  CHECK(fixture.trained().predict(fixture.file("some.csv"), [&](const char* bytes, std::size_t size) {
    received.append(bytes, size);
    return true;
  }) == 30);
  CHECK(received == written);
  const auto rows = cells(written);
  REQUIRE(rows.size() == 31);
  Model model(fixture.file("run"));
  const std::vector<float> outputs = model.predict(fixture.some.features);
  for (std::size_t i = 0; i < 30; ++i)
    for (std::size_t j = 0; j < 10; ++j) CHECK(std::stof(rows[i + 1][j + 2]) == outputs[i * 10 + j]);
  CHECK_THROWS_WITH(fixture.trained().predict(fixture.file("some.csv"), [](const char*, std::size_t) { return false; }),
                    "whoever it was written to takes no more");
}

TEST_CASE("a model is exported beside itself or where it is asked for; a line says what was written") {
  const Fixture fixture;
  std::vector<std::string> lines;
  Trained trained = Trained(fixture.file("run/model.safetensors")).plugin_folder(PLUGINS);
  trained.log_to([&](const char* line) { lines.emplace_back(line); });
  trained.export_to("c");
  CHECK(fs::exists(fixture.file("run/model.c")));
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].rfind("c: " + fixture.file("run/model.c"), 0) == 0);
  fixture.trained().export_to("c", fixture.file("elsewhere.c"), {"outputs=logits"});
  CHECK(fs::exists(fixture.file("elsewhere.h")));
  CHECK_THROWS_WITH(fixture.trained().export_to("c", fixture.file("else.c"), {"outputs=both"}), ContainsSubstring("both"));
  CHECK_FALSE(fs::exists(fixture.file("else.c")));
}

TEST_CASE("what cannot be done with a trained model is refused with a sentence") {
  const Fixture fixture;
  CHECK_THROWS_WITH(Trained("").evaluate(), "no model is given");
  CHECK_THROWS_WITH(Trained(fixture.file("none")).evaluate(), ContainsSubstring("none"));
  CHECK_THROWS_WITH(Trained(fixture.file("run/model.safetensors")).plugin_folder(PLUGINS).quiet().evaluate(),
                    ContainsSubstring("a model alone does not know its run's data"));
  CHECK_THROWS_WITH(fixture.trained().predict("", fixture.file("out.csv")), "the data file is not given");
  CHECK_THROWS_WITH(fixture.trained().predict(fixture.file("some.csv"), fixture.file("some.csv")),
                    ContainsSubstring("is an input or a file of the run"));
  CHECK_THROWS_WITH(fixture.trained().export_to("", fixture.file("x")), "the exporter is not given");
  treino_trained_options options{};
  options.size = sizeof options;
  const std::string model = fixture.file("run");
  options.model = model.c_str();
  char text[300] = "";
  treino_error error{sizeof error, sizeof text, text};
  CHECK(treino_predict(&options, "x.csv", nullptr, nullptr, nullptr, nullptr, &error) == TREINO_BAD_INPUT);
  CHECK(std::string(text) == "there is no function to write to");
  treino_evaluation evaluation{};
  evaluation.size = sizeof evaluation;
  evaluation.part = 3;
  CHECK(treino_evaluate(&options, &evaluation, &error) == TREINO_BAD_INPUT);
  CHECK(std::string(text) == "part 3 is not known: 0 to 2 are");
  evaluation.part = TREINO_PART_TEST;
  evaluation.targets = "targets.csv";
  CHECK(treino_evaluate(&options, &evaluation, &error) == TREINO_BAD_INPUT);
  CHECK(std::string(text) == "targets without data: whose are they?");
  CHECK(treino_evaluate(nullptr, &evaluation, &error) == TREINO_BAD_INPUT);
  CHECK(treino_evaluate(&options, nullptr, &error) == TREINO_BAD_INPUT);
}

TEST_CASE("a file for a user is written whole, and never over an input under another name") {
  const TemporaryFolder folder;
  const std::string input = (folder / "input.csv").string(), link = (folder / "link.csv").string();
  write_text(input, "1,2\n");
  fs::create_symlink(input, link);
  write_file((folder / "new.txt").string(), "text", {input});
  CHECK(read_text(folder / "new.txt") == "text");
  CHECK_THROWS_WITH(write_file(link, "text", {input}), ContainsSubstring("is the same file as"));
  CHECK(read_text(input) == "1,2\n");
  CHECK_THROWS_WITH(write_file("", "text"), "the file's path is not given");
  CHECK(treino_write_file("x", nullptr, 3, nullptr, 0, nullptr) == TREINO_BAD_INPUT);
  CHECK(treino_write_file("x", "abc", 3, nullptr, 1, nullptr) == TREINO_BAD_INPUT);
}
