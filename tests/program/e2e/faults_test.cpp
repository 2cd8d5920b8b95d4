// Faults as a user sees them: all at once, with their places, before anything is written.
#include "workshop.hpp"

using namespace treino::test;

TEST_CASE("a manifest with ten faults gives ten lines with places in order, exit code 2, and makes nothing") {
  const Workshop workshop;
  fs::copy(SOURCE_FOLDER "/examples/data/digits.csv.gz", workshop / "digits.csv.gz");
  const fs::path manifest = workshop.write("train.toml", R"([run]
epochs = -1
sed = 7
[data]
batch_size = "many"
[data.train]
file = "digits.csv.gz"
target = -1
validation = 0.1
tset = 0.2
[model]
layers = [ { type = "dense", units = 0 }, { type = "densse", units = 3 } ]
[optimizer]
plugin = "adam"
learning_rate = 0.0
[loss]
plugin = "cross_entropi"
[[metric]]
plugin = "accuracy"
thresold = 0.5
[[callback]]
plugin = "early_stopping"
monitor = "val_loss"
patience = "long"
)");
  const std::vector<std::string> places = {"2:10", "3:1", "5:14", "10:1", "12:38", "12:52", "15:17", "17:10", "20:1", "24:12"};
  const Finished finished = workshop.treino({"run", manifest});
  CHECK(finished.exit_code == kBadInput);
  CHECK(finished.output.empty());
  const auto told = lines(finished.error);
  std::vector<std::string> found;
  for (const std::string& line : told) {
    REQUIRE(line.rfind(manifest.string() + ":", 0) == 0);
    const std::string rest = line.substr(manifest.string().size() + 1);
    found.push_back(rest.substr(0, rest.find(": ")));
  }
  INFO(finished.error);
  CHECK(found == places);
  CHECK(contains(finished.error, "Did you mean 'seed'"));
  CHECK(contains(finished.error, "Did you mean 'dense'"));
  CHECK(contains(finished.error, "Did you mean 'cross_entropy'"));
  CHECK(all_files(manifest.parent_path()).size() == 2);
  CHECK(workshop.treino({"check", manifest}).error == finished.error);
}

TEST_CASE("a manifest that is missing, a folder or not TOML is refused in plain words") {
  const Workshop workshop;
  const std::string missing = workshop / "missing.toml";
  Finished finished = workshop.treino({"run", missing});
  CHECK((finished.exit_code == kBadInput || finished.exit_code == kFailed));
  CHECK(contains(finished.error, missing));
  CHECK(lines(finished.error).size() == 1);
  finished = workshop.treino({"run", workshop / "."});
  CHECK((finished.exit_code == kBadInput || finished.exit_code == kFailed));
  CHECK(lines(finished.error).size() == 1);
  finished = workshop.treino({"run", workshop.write("broken.toml", "[run\n")});
  CHECK(finished.exit_code == kBadInput);
  CHECK(contains(finished.error, "broken.toml:1:"));
}

TEST_CASE("a data file that is not there ends the run before its folder is made") {
  const Workshop workshop;
  const Finished finished = workshop.run(small_manifest(), "run", {"--set", "data.train.file=nowhere.csv"});
  CHECK(finished.exit_code == kBadInput);
  CHECK(contains(finished.error, "nowhere.csv"));
  CHECK_FALSE(fs::exists(workshop / "run"));
}

TEST_CASE("--set of an unknown key and unknown arguments are faults") {
  const Workshop workshop;
  Finished finished = workshop.run(small_manifest(), "run", {"--set", "run.epoch=3"});
  CHECK(finished.exit_code == kBadInput);
  CHECK(contains(finished.error, "Did you mean 'epochs'"));
  finished = workshop.treino({"rum", "x.toml"});
  CHECK(finished.exit_code == kBadInput);
  CHECK_FALSE(finished.error.empty());
}
