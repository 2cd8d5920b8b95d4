// How a run ended: its exit code, last line and summary.json.
#include <algorithm>

#include "workshop.hpp"

using namespace treino::test;

namespace {

/// As a user types it, without what the workshop adds.
Finished without_exit_outcome(const Workshop& workshop, const std::string& manifest, const std::string& name,
                              std::vector<std::string> more = {}) {
  std::vector<std::string> arguments = {"run", workshop.write(name + ".toml", manifest), "--folder", workshop / name};
  arguments.insert(arguments.end(), more.begin(), more.end());
  ProcessOptions options = workshop.command(arguments);
  options.arguments.erase(std::find(options.arguments.begin(), options.arguments.end(), "--exit-outcome"));
  return run_process(options);
}

}  // namespace

TEST_CASE("success is exit code 0, early stopping included; a run that diverges exits with 1") {
  const Workshop workshop;
  const std::string stops = "[[callback]]\nplugin = 'early_stopping'\nmonitor = 'val_loss'\npatience = 1\nmin_delta = 100.0\n";
  CHECK(without_exit_outcome(workshop, small_manifest(), "done").exit_code == 0);
  CHECK(without_exit_outcome(workshop, small_manifest(stops), "stopped").exit_code == 0);
  CHECK(fact(workshop / "stopped", "/outcome") == "\"early_stopped\"");
  CHECK(without_exit_outcome(workshop, small_manifest("[[callback]]\nplugin = 'terminate_on_nan'\n"), "diverged",
                             {"--set", "optimizer.plugin=sgd", "--set", "optimizer.learning_rate=1e30", "--set", "run.epochs=20"})
            .exit_code == 1);
}

TEST_CASE("a run that did all its epochs is done and exits with 0") {
  const Workshop workshop;
  CHECK(workshop.run(small_manifest(), "run").exit_code == kDone);
  CHECK(fact(workshop / "run", "/outcome") == "\"done\"");
}

TEST_CASE("a run that early_stopping ends exits with 3 under --exit-outcome") {
  const Workshop workshop;
  const Finished finished = workshop.run(
      small_manifest("[[callback]]\nplugin = 'early_stopping'\nmonitor = 'val_loss'\npatience = 1\nmin_delta = 100.0\n"), "run");
  CHECK(finished.exit_code == kEarlyStopped);
  CHECK(fact(workshop / "run", "/outcome") == "\"early_stopped\"");
  CHECK(contains(finished.output, "early_stopped after"));
}

TEST_CASE("a run that diverges exits with 5 under --exit-outcome and says so") {
  const Workshop workshop;
  const Finished finished =
      workshop.run(small_manifest("[[callback]]\nplugin = 'terminate_on_nan'\n"), "run",
                   {"--set", "optimizer.plugin=sgd", "--set", "optimizer.learning_rate=1e30", "--set", "run.epochs=20"});
  INFO(finished.output << finished.error);
  CHECK(finished.exit_code == kDiverged);
  CHECK(fact(workshop / "run", "/outcome") == "\"diverged\"");
}

TEST_CASE("a loss of NaN is shown without a sign") {
  const Workshop workshop;
  std::string rows = "a,y\n";
  for (int i = 0; i < 30; ++i) rows += std::to_string(i) + "," + std::to_string(i) + "\n";
  workshop.write("rows.csv", rows);
  // The mean of a squared is above 100: a step of 0.1 makes the weights grow more than tenfold. Two layers' product is infinite
  // within one epoch, and x86 sets the sign bit of the NaN that inf - inf then gives.
  const Finished finished = workshop.run(
      "[run]\nname = 't'\nseed = 1\nepochs = 3\n"
      "[data]\ntrain = { file = 'rows.csv', target = 'y', target_kind = 'values' }\nbatch_size = 8\n"
      "[model]\nlayers = [ { type = 'dense', units = 4 }, { type = 'dense', units = 1 } ]\n"
      "[optimizer]\nplugin = 'sgd'\nlearning_rate = 0.1\n[loss]\nplugin = 'mse'\n",
      "run");
  INFO(finished.output << finished.error);
  CHECK(contains(finished.output, "loss nan"));
  CHECK_FALSE(contains(finished.output, "-nan"));
}

TEST_CASE("resume of a finished run ends at once with the same outcome and scalars") {
  const Workshop workshop;
  REQUIRE(workshop.run(small_manifest("[[callback]]\nplugin = 'csv_logger'\nfilename = 'history.csv'\n"), "done").exit_code ==
          kDone);
  REQUIRE(workshop
              .run(small_manifest("[[callback]]\nplugin = 'early_stopping'\nmonitor = 'val_loss'\npatience = 1\n"
                                  "min_delta = 100.0\n[[callback]]\nplugin = 'csv_logger'\nfilename = 'history.csv'\n"),
                   "stopped", {"--set", "run.epochs=9"})
              .exit_code == kEarlyStopped);
  for (const std::string name : {"done", "stopped"}) {
    INFO(name);
    const auto before = all_files(workshop / name);
    const std::string numbers = fact(workshop / name, "/scalars"), outcome = fact(workshop / name, "/outcome"),
                      reason = fact(workshop / name, "/reason");
    const Finished resumed = workshop.treino({"resume", workshop / name});
    CHECK(resumed.exit_code == (name == "done" ? kDone : kEarlyStopped));
    CHECK(fact(workshop / name, "/scalars") == numbers);
    CHECK(fact(workshop / name, "/outcome") == outcome);
    CHECK(fact(workshop / name, "/reason") == reason);
    for (const char* file : {"model.safetensors", "history.csv"})
      CHECK((read_text(workshop / (name + "/" + file)) == before.at(file)));
  }
}

TEST_CASE("a finished run continues where run.epochs is raised, bit for bit as a run that was longer from the start") {
  const Workshop workshop;
  const std::string csv = "[[callback]]\nplugin = 'csv_logger'\nfilename = 'history.csv'\n";
  REQUIRE(workshop.run(small_manifest(csv), "long", {"--set", "run.epochs=5"}).exit_code == kDone);
  REQUIRE(workshop.run(small_manifest(csv), "short").exit_code == kDone);
  const Finished resumed = workshop.treino({"resume", workshop / "short", "--set", "run.epochs=5"});
  CHECK(resumed.exit_code == kDone);
  CHECK((read_text(workshop / "long/model.safetensors") == read_text(workshop / "short/model.safetensors")));
  CHECK(read_text(workshop / "long/history.csv") == read_text(workshop / "short/history.csv"));
}
