// Files that are written by a thread of their own are, after kills and resumes, those of a run that was never killed.
#include <csignal>
#include <thread>

#include "program/e2e/workshop.hpp"

using namespace treino::test;

namespace {

const std::string writers =
    "[[callback]]\nplugin = 'csv_logger'\nfilename = 'history.csv'\n"
    "[[callback]]\nplugin = 'jsonl_logger'\nevery_n_steps = 3\n"
    "[[callback]]\nplugin = 'jsonl_logger'\nname = 'lines'\nfilename = 'lines.jsonl'\nsync = 'line'\nevery_n_steps = 1\n"
    "[[callback]]\nplugin = 'csv_writer'\nof = 'validation'\n"
    "[[callback]]\nplugin = 'backup_and_restore'\nbackup_dir = 'backup'\nsave_freq = 7\ndelete_checkpoint = false\n"
    "[[callback]]\nplugin = 'slow_sleeper'\nmilliseconds = 1\n";

const std::vector<std::string> files = {"history.csv", "history.jsonl", "lines.jsonl", "predictions-validation.csv"};

std::vector<std::string> all_lines(const fs::path& file) { return lines(read_text(file)); }

}  // namespace

TEST_CASE("logs and predictions of a run that was killed at many moments have the bytes of one that was not") {
  const Workshop workshop;
  REQUIRE(workshop.run(small_manifest(writers), "reference").exit_code == kDone);
  CHECK(all_lines(workshop / "reference/history.csv").size() == 4);
  CHECK(all_lines(workshop / "reference/history.jsonl").size() == 3 + 40);
  CHECK(all_lines(workshop / "reference/lines.jsonl").size() == 3 + 120);
  CHECK(all_lines(workshop / "reference/predictions-validation.csv").size() == 181);

  std::vector<std::string> command = {"run", workshop / "reference.toml", "--folder", workshop / "run"};
  int kills = 0;
  for (std::size_t size = 300; kills < 12; size += 700) {  // of the lines' file: at all places of an epoch
    Process process(workshop.command(command));
    const bool there = wait_for(process, workshop / "run/lines.jsonl", size);
    process.send(SIGKILL);
    process.wait();
    if (!there) break;
    ++kills;
    command = {"resume", workshop / "run"};
  }
  CHECK(kills >= 5);
  const Finished finished = workshop.treino({"resume", workshop / "run"});
  INFO(finished.output << finished.error);
  CHECK(finished.exit_code == kDone);
  CHECK_FALSE(contains(finished.output, "has lost"));
  for (const std::string& name : files) {
    INFO(name);
    CHECK((read_text(workshop / ("run/" + name)) == read_text(workshop / ("reference/" + name))));
  }
}

TEST_CASE("a folder that is removed during the run is reported, and on_error decides") {
  for (const std::string on_error : {"stop", "disable"}) {
    const Workshop workshop;
    const std::string loggers = "[[callback]]\nplugin = 'csv_logger'\nfilename = 'logs/a.csv'\non_error = '" + on_error +
                                "'\n[[callback]]\nplugin = 'jsonl_logger'\nfilename = 'logs/b.jsonl'\non_error = '" + on_error +
                                "'\n[[callback]]\nplugin = 'slow_sleeper'\nmilliseconds = 5\n";
    Process process(workshop.command({"run", workshop.write("run.toml", small_manifest(loggers)), "--folder", workshop / "run"}));
    REQUIRE(wait_for(process, workshop / "run/logs/b.jsonl", 1));
    fs::remove_all(workshop / "run/logs");
    const Finished finished = process.wait();
    INFO(finished.output << finished.error);
    CHECK(finished.exit_code == (on_error == "stop" ? kFailed : kDone));
    CHECK(contains(finished.output + finished.error, (workshop / "run/logs/a.csv").string() + ": No such file or directory"));
    CHECK(contains(finished.output + finished.error, (workshop / "run/logs/b.jsonl").string() + ": No such file or directory"));
    if (on_error == "disable") {
      CHECK(contains(finished.output, "disabled, the run continues without it"));
      CHECK(contains(finished.output, "are lost"));
    }
  }
}

TEST_CASE("each example is a run") {
  const std::string id = GENERATE("csv_logger", "jsonl_logger", "csv_writer", "remote_monitor", "email");
  CAPTURE(id);
  const Workshop workshop;
  const std::string example = read_text(std::string(SOURCE_FOLDER "/plugins/callbacks/") + id + "/example.toml");
  REQUIRE(contains(example, id));
  const Finished finished = workshop.run(small_manifest(example), "run");
  INFO(finished.output << finished.error);
  CHECK(finished.exit_code == kDone);
}
