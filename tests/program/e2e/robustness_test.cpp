// What a run must not lose or harm, however it ends: accumulation cut short, moved and copied folders, leftovers, closed streams.
#include <csignal>
#include <thread>

#include "workshop.hpp"

using namespace treino::test;

namespace {}  // namespace

TEST_CASE("with accumulated gradients, too, one Ctrl-C or SIGTERM ends the run with exit code 4, and it continues bit for bit") {
  const Workshop workshop;
  REQUIRE(workshop.run(stateful_manifest(), "reference").exit_code == kDone);
  for (const int signal : {SIGINT, SIGTERM}) {
    const std::string name = "run_" + std::to_string(signal);
    const Finished finished = interrupt(workshop, name, {signal});
    INFO(finished.output << finished.error);
    CHECK(finished.exit_code == kInterrupted);
    CHECK(contains(finished.output, "treino resume " + (workshop / name).string()));
    CHECK(fact(workshop / name, "/outcome") == "\"interrupted\"");
    const Finished resumed = workshop.treino({"resume", workshop / name});
    CHECK(resumed.exit_code == kDone);
    check_same_run(workshop / "reference", workshop / name);
  }
}

TEST_CASE("a run folder that was moved continues there, bit for bit, and leaves the old place alone") {
  const Workshop workshop;
  REQUIRE(workshop.run(stateful_manifest(), "reference").exit_code == kDone);
  cut_off(workshop, stateful_manifest(), "run");
  fs::create_directory(workshop / "elsewhere");
  fs::rename(workshop / "run", workshop / "elsewhere/moved");
  const Finished resumed = workshop.treino({"resume", workshop / "elsewhere/moved"});
  INFO(resumed.output << resumed.error);
  CHECK(resumed.exit_code == kDone);
  check_same_run(workshop / "reference", workshop / "elsewhere/moved");
  CHECK_FALSE(fs::exists(workshop / "run"));
}

TEST_CASE("resuming a copy of a run folder touches nothing of the original") {
  const Workshop workshop;
  std::string manifest = stateful_manifest();
  manifest.erase(manifest.find("delete_checkpoint"), std::string("delete_checkpoint = false\n").size());
  cut_off(workshop, manifest, "run");
  fs::copy(workshop / "run", workshop / "copy", fs::copy_options::recursive);
  const auto before = all_files(workshop / "run");
  const Finished resumed = workshop.treino({"resume", workshop / "copy"});
  INFO(resumed.output << resumed.error);
  CHECK(resumed.exit_code == kDone);
  const auto after = all_files(workshop / "run");
  for (const auto& [name, bytes] : before) {
    INFO(name);
    CHECK((after.count(name) == 1 && after.at(name) == bytes));
  }
  CHECK(after.size() == before.size());
}

TEST_CASE("a file of another form is named by predict") {
  const Workshop workshop;
  REQUIRE(workshop.run(small_manifest(), "run").exit_code == kDone);
  const Finished finished = workshop.treino({"predict", workshop / "run", workshop.write("other.csv", "1,2\n3,4\n")});
  CHECK(finished.exit_code == kBadInput);
  CHECK(contains(finished.error, "other.csv"));
}

TEST_CASE("a missing data file is reported once") {
  const Workshop workshop;
  const Finished finished = workshop.run(small_manifest(), "run", {"--set", "data.train.file=nowhere.csv"});
  INFO(finished.error);
  CHECK(lines(finished.error).size() == 1);
}

TEST_CASE("a resume clears away the temporary files that a kill left beside any of the run's files") {
  const Workshop workshop;
  cut_off(workshop, stateful_manifest(), "run");
  for (const std::string name : {"backup/.backup.safetensors.treino-999999-1-1.tmp", ".best.safetensors.treino-999999-1-1.tmp"})
    workshop.write("run/" + name, "half");
  REQUIRE(workshop.treino({"resume", workshop / "run"}).exit_code == kDone);
  for (const auto& [name, bytes] : all_files(workshop / "run")) {
    INFO(name);
    CHECK_FALSE(contains(name, ".tmp"));
  }
}

TEST_CASE("what is printed while standard output and error are closed goes into no file of the run") {
  const Workshop workshop;
  const std::string manifest = workshop.write("small.toml", small_manifest());
  ProcessOptions options = workshop.command({});
  options.arguments = {"sh", "-c", TREINO " run '" + manifest + "' --folder '" + (workshop / "run").string() + "' <&- >&- 2>&-"};
  CHECK(run_process(options).exit_code == kDone);
  for (const auto& [name, bytes] : all_files(workshop / "run")) {
    INFO(name);
    CHECK_FALSE(contains(bytes, "training, 180 validation"));
  }
}

TEST_CASE("a run killed between its first backup and the log's word of it continues") {
  const Workshop workshop;
  cut_off(workshop, stateful_manifest(), "run");
  workshop.write("run/log.jsonl", "");
  REQUIRE(fs::exists(workshop / "run/backup/backup.safetensors"));
  const Finished resumed = workshop.treino({"resume", workshop / "run"});
  INFO(resumed.output << resumed.error);
  CHECK(resumed.exit_code == kDone);
}
