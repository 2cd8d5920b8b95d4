// Whose a run folder is, and what can be done with it.
#include <csignal>
#include <thread>

#include "workshop.hpp"

using namespace treino::test;

namespace {}  // namespace

TEST_CASE("two runs at once of one manifest get a folder each") {
  const Workshop workshop;
  const fs::path manifest = workshop.write("small.toml", small_manifest());
  Process one(workshop.command({"run", manifest})), two(workshop.command({"run", manifest}));
  CHECK(one.wait().exit_code == kDone);
  CHECK(two.wait().exit_code == kDone);
  CHECK(fs::exists(workshop / "runs/small-001/summary.json"));
  CHECK(fs::exists(workshop / "runs/small-002/summary.json"));
  CHECK((read_text(workshop / "runs/small-001/model.safetensors") == read_text(workshop / "runs/small-002/model.safetensors")));
}

TEST_CASE("a folder at which a run is at work cannot be resumed") {
  const Workshop workshop;
  const std::string slow = small_manifest("[[callback]]\nplugin = 'slow_sleeper'\nmilliseconds = 1000\n");
  Process process(workshop.command({"run", workshop.write("run.toml", slow), "--folder", workshop / "run"}));
  REQUIRE(wait_for(process, workshop / "run/manifest.toml"));
  const Finished finished = workshop.treino({"resume", workshop / "run"});
  CHECK(finished.exit_code == kFailed);
  CHECK(contains(finished.error, "another process is at work in this run's folder"));
  CHECK(process.running());
}

TEST_CASE("a run is not begun in the folder of another, and only run folders are resumed") {
  const Workshop workshop;
  REQUIRE(workshop.run(small_manifest(), "run").exit_code == kDone);
  const auto before = all_files(workshop / "run");
  Finished finished = workshop.treino({"run", workshop / "run.toml", "--folder", workshop / "run"});
  CHECK(finished.exit_code == kFailed);
  CHECK(contains(finished.error, "is there already"));
  CHECK(all_files(workshop / "run") == before);
  fs::create_directory(workshop / "empty");
  for (const std::string name : {"empty", "nothing"}) {
    finished = workshop.treino({"resume", workshop / name});
    CHECK((finished.exit_code == kFailed || finished.exit_code == kBadInput));
    CHECK(contains(finished.error, (workshop / name).string()));
    CHECK(lines(finished.error).size() == 1);
  }
  CHECK(fs::is_empty(workshop / "empty"));
}

TEST_CASE("a run does not continue when its training data have changed") {
  const Workshop workshop;
  std::string data = "x,y\n";
  for (int i = 0; i < 60; ++i) data += std::to_string(i) + "," + std::to_string(2 * i + i % 3) + "\n";
  const fs::path file = workshop.write("line.csv", data);
  const std::string manifest =
      "[run]\nepochs = 2\n[data]\ntrain = { file = 'line.csv', target = 'y' }\nscaling = 'standardize'\n"
      "[model]\nlayers = [ { type = 'dense', units = 1 } ]\n[optimizer]\nplugin = 'sgd'\nlearning_rate = 0.01\n"
      "[loss]\nplugin = 'mse'\n";
  REQUIRE(workshop.run(manifest, "run").exit_code == kDone);
  data.replace(data.find("59,"), 3, "58,");
  write_text(file, data);
  const Finished finished = workshop.treino({"resume", workshop / "run", "--set", "run.epochs=4"});
  INFO(finished.output << finished.error);
  CHECK((finished.exit_code == kFailed || finished.exit_code == kBadInput));
  CHECK(contains(finished.error, "data"));
  data.replace(data.rfind("58,"), 3, "59,");
  write_text(file, data);
  CHECK(workshop.treino({"resume", workshop / "run", "--set", "run.epochs=4"}).exit_code == kDone);
}

TEST_CASE("a run folder that was moved continues there, bit for bit") {
  const Workshop workshop;
  REQUIRE(workshop.run(stateful_manifest(), "reference").exit_code == kDone);
  cut_off(workshop, stateful_manifest(), "run");
  fs::create_directory(workshop / "elsewhere");
  fs::rename(workshop / "run", workshop / "elsewhere/moved");
  const Finished resumed = workshop.treino({"resume", workshop / "elsewhere/moved"});
  INFO(resumed.output << resumed.error);
  CHECK(resumed.exit_code == kDone);
  check_same_run(workshop / "reference", workshop / "elsewhere/moved");
}

TEST_CASE("the folder of a run from before optimizers were plugins is resumed and evaluated; a manifest like it is refused") {
  const Workshop workshop;
  CHECK(workshop.run(small_manifest(), "whole").exit_code == kDone);
  CHECK(workshop.run(small_manifest(), "part", {"--set", "run.epochs=2"}).exit_code == kDone);
  const fs::path manifest = workshop / "part/manifest.toml";
  std::string text = read_text(manifest);
  const std::size_t section = text.find("[optimizer]"), plugin = text.find("plugin = ", section),
                    name = text.find("name = ", plugin);
  text.erase(name, text.find('\n', name) + 1 - name);
  text.replace(plugin, 6, "type");
  write_text(manifest, text);
  CHECK(workshop.treino({"evaluate", workshop / "part"}).exit_code == kDone);
  const Finished resumed = workshop.treino({"resume", workshop / "part", "--set", "run.epochs=3"});
  INFO(resumed.error);
  CHECK(resumed.exit_code == kDone);
  CHECK(read_text(workshop / "part/model.safetensors") == read_text(workshop / "whole/model.safetensors"));
  CHECK(contains(read_text(manifest), "plugin = \"adam\""));
  const Finished refused = workshop.treino({"check", workshop.write("old.toml", text)});
  CHECK(refused.exit_code == kBadInput);
  CHECK(contains(refused.error,
                 "[optimizer] has no key 'type'. Did you mean 'plugin'? Optimizers are plugins: write plugin = \"adam\""));
}
