// evaluate and predict: what a finished run's model is good for.
#include "workshop.hpp"

using namespace treino::test;

namespace {

const std::string wine = SOURCE_FOLDER "/examples/data/wine.csv";

std::string wine_manifest() {
  return "[run]\nname = 'wine'\nseed = 5\nepochs = 15\n[data]\ntrain = { file = '" + wine +
         "', target = 'target', test = 0.3 }\nstratified = true\nscaling = 'standardize'\nbatch_size = 16\n"
         "[model]\nlayers = [ { type = 'dense', units = 16 }, { type = 'relu' }, { type = 'dense', units = 3 } ]\n"
         "[optimizer]\nplugin = 'adam'\nlearning_rate = 0.01\n[loss]\nplugin = 'cross_entropy'\n[[metric]]\nplugin = "
         "'accuracy'\n";
}

std::vector<std::string> fields(const std::string& line) {
  std::vector<std::string> result(1);
  for (const char letter : line)
    if (letter == ',')
      result.emplace_back();
    else
      result.back() += letter;
  return result;
}

}  // namespace

TEST_CASE("evaluate gives the scalars that the run's summary has") {
  const Workshop workshop;
  REQUIRE(workshop.run(small_manifest(), "run").exit_code == kDone);
  for (const auto& [part, prefix] : std::map<std::string, std::string>{{"test", "test_"}, {"validation", "val_"}}) {
    const Finished finished = workshop.treino({"evaluate", workshop / "run", "--on", part});
    INFO(finished.error);
    CHECK(finished.exit_code == kDone);
    for (const std::string name : {"loss", "accuracy"}) {
      const std::string found = value_of(finished.output, name);
      REQUIRE_FALSE(found.empty());
      CHECK(std::stod(found) == std::stod(fact(workshop / "run", "/scalars/" + prefix + name)));
    }
  }
}

TEST_CASE("evaluate shows the tables of the metrics that have one") {
  const Workshop workshop;
  REQUIRE(workshop.run(wine_manifest() + "[[metric]]\nplugin = 'classification_report'\n", "run").exit_code == kDone);
  const Finished finished = workshop.treino({"evaluate", workshop / "run"});
  INFO(finished.output << finished.error);
  CHECK(finished.exit_code == kDone);
  CHECK(contains(finished.output, "\nclassification_report\n"));
  for (const std::string word : {"precision", "recall", "support", "class_0", "class_2"}) CHECK(contains(finished.output, word));
}

TEST_CASE("predict gives a row per sample: its class by name and probabilities that add up to 1") {
  const Workshop workshop;
  REQUIRE(workshop.run(wine_manifest(), "run").exit_code == kDone);
  const Finished finished = workshop.treino({"predict", workshop / "run", wine});
  INFO(finished.error);
  REQUIRE(finished.exit_code == kDone);
  const auto rows = lines(finished.output);
  REQUIRE(rows.size() == 178 + 1);
  CHECK(rows[0] == "row,class,probability_class_0,probability_class_1,probability_class_2");
  int right = 0;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const auto values = fields(rows[i]);
    REQUIRE(values.size() == 5);
    CHECK(values[0] == std::to_string(i - 1));
    const double p0 = std::stod(values[2]), p1 = std::stod(values[3]), p2 = std::stod(values[4]);
    CHECK(p0 + p1 + p2 == Approx(1).epsilon(1e-5));
    CHECK(values[1] == (p0 >= p1 && p0 >= p2 ? "class_0" : p1 >= p2 ? "class_1" : "class_2"));
    right += values[1] == (i <= 59 ? "class_0" : i <= 130 ? "class_1" : "class_2");  // as the file's 59, 71 and 48 rows lie
  }
  CHECK(right >= 170);

  std::string bare;  // the same file without its last column, the target
  for (const std::string& line : lines(read_text(wine))) bare += line.substr(0, line.find_last_of(',')) + "\n";
  const Finished without = workshop.treino({"predict", workshop / "run", workshop.write("bare.csv", bare)});
  INFO(without.error);
  CHECK(without.exit_code == kDone);
  CHECK(without.output == finished.output);

  CHECK(workshop.treino({"predict", workshop / "run", wine, "--output", workshop / "out.csv"}).exit_code == kDone);
  CHECK(read_text(workshop / "out.csv") == finished.output);

  const Finished evaluated = workshop.treino({"evaluate", workshop / "run", "--data", wine});
  CHECK(std::stod("0" + value_of(evaluated.output, "accuracy")) == Approx(right / 178.0));
  const Finished impossible = workshop.treino({"evaluate", workshop / "run", "--data", workshop / "bare.csv"});
  CHECK(impossible.exit_code != kDone);
  CHECK(contains(impossible.error, "target"));
}

TEST_CASE("a file of another form is refused by predict") {
  const Workshop workshop;
  REQUIRE(workshop.run(wine_manifest(), "run").exit_code == kDone);
  for (const std::string text : {"a,b\n1,2\n", "", "alcohol\n1\n"}) {
    const Finished finished =
        workshop.treino({"predict", workshop / "run", workshop.write("other.csv", text), "--output", workshop / "o.csv"});
    INFO(text << finished.error);
    CHECK(finished.exit_code == kBadInput);
    CHECK_FALSE(finished.error.empty());
    CHECK_FALSE(fs::exists(workshop / "o.csv"));
  }
}

TEST_CASE("predict and evaluate of a run that has not ended say so") {
  const Workshop workshop;
  const std::string sleep = small_manifest("[[callback]]\nplugin = 'slow_sleeper'\nmilliseconds = 1000\n");
  Process process(workshop.command({"run", workshop.write("run.toml", sleep), "--folder", workshop / "run"}));
  REQUIRE(wait_for(process, workshop / "run/manifest.toml"));
  for (const std::vector<std::string>& command : {std::vector<std::string>{"evaluate", workshop / "run"},
                                                  {"predict", workshop / "run", SOURCE_FOLDER "/examples/data/digits.csv.gz"}}) {
    const Finished finished = workshop.treino(command);
    CHECK(finished.exit_code == kBadInput);
    CHECK(contains(finished.error, "the run has not ended yet"));
    CHECK(lines(finished.error).size() == 1);
  }
  CHECK(contains(workshop.treino({"evaluate", workshop / "nothing"}).error, "nothing"));
}
