// What ${NAME} stands for reaches no text and no file of the run, whoever fails with it; but for the paths of checkpoints beyond
// the run's folder, which a resume reads from log.jsonl.
#include "program/e2e/workshop.hpp"

using namespace treino::test;

namespace {

const std::string secret = "xyzzy-hidden-plugh";

/// Of a run of the manifest with ${HIDDEN} in its environment: what it said, and all of its files.
struct Told {
  Finished finished;
  std::map<std::string, std::string> files;
};

Told tell(const Workshop& workshop, const std::string& manifest) {
  ProcessOptions options = workshop.command({"run", workshop.write("told.toml", manifest), "--folder", workshop / "told"});
  options.environment["HIDDEN"] = secret;
  Told told{run_process(options), {}};
  if (fs::exists(workshop / "told")) told.files = all_files(workshop / "told");
  fs::remove_all(workshop / "told");
  return told;
}

void check_silent(const Told& told) {
  CHECK_FALSE(contains(told.finished.output, secret));
  CHECK_FALSE(contains(told.finished.error, secret));
  for (const auto& [name, bytes] : told.files) {
    INFO(name);
    CHECK_FALSE(contains(bytes, secret));
  }
}

}  // namespace

TEST_CASE("a plugin's failure shows the variable, never its value, on the screen and in the run's files") {
  const Workshop workshop;
  // The report is there to repeat the reason.
  const std::string report = "[[callback]]\nplugin = 'html_report'\n";
  for (const auto& [section, text] : std::map<std::string, std::string>{
           {"plugin = 'csv_logger'\nfilename = '/proc/${HIDDEN}/h.csv'\n",
            "csv_logger: /proc/${HIDDEN}: No such file or directory"},
           {"plugin = 'lambda'\non_epoch_begin = 'error(\"${HIDDEN}\")'\n", "on_epoch_begin:1: ${HIDDEN}"},
           {"plugin = 'lambda'\non_epoch_begin = 'log(\"${HIDDEN}\") error(\"end\")'\n", "lambda: ${HIDDEN}"},
           {"plugin = 'csv_writer'\nformulas = '${HIDDEN}'\n", "formulas: \"${HIDDEN}\": expected a column's name"},
       }) {
    INFO(section);
    const Told told = tell(workshop, small_manifest(report + "[[callback]]\n" + section));
    INFO(told.finished.output << told.finished.error);
    CHECK(told.finished.exit_code == kFailed);
    CHECK(contains(told.finished.output + told.finished.error, text));
    CHECK(told.files.count("report.html") == 1);
    check_silent(told);
  }
}

TEST_CASE("errors about data and forbidden keys show the variable, never its value") {
  const Workshop workshop;
  const std::string manifest = small_manifest(), file = "file = '" SOURCE_FOLDER "/examples/data/digits.csv.gz'";
  std::string nowhere = manifest;
  nowhere.replace(nowhere.find(file), file.size(), "file = '${HIDDEN}.csv'");
  const Told missing = tell(workshop, nowhere);
  CHECK(missing.finished.exit_code == kBadInput);
  CHECK(contains(missing.finished.error, "${HIDDEN}.csv"));
  check_silent(missing);
  workshop.write(secret + ".csv", "a,b\n1,x\n2\n");
  const Told faulty = tell(workshop, nowhere);
  CHECK(faulty.finished.exit_code == kBadInput);
  CHECK(contains(faulty.finished.error, "${HIDDEN}.csv"));
  check_silent(faulty);
  const Told monitor = tell(workshop, manifest + "[[callback]]\nplugin = 'early_stopping'\nmonitor = '${HIDDEN}'\n");
  CHECK(monitor.finished.exit_code == kBadInput);
  check_silent(monitor);
}

TEST_CASE("a value of fewer than four characters is not searched for as a secret") {
  const Workshop workshop;
  ProcessOptions options = workshop.command({"run",
                                             workshop.write("run.toml", small_manifest("[[callback]]\nplugin = 'csv_logger'\n"
                                                                                       "filename = '${SHORT}.csv'\n")),
                                             "--folder", workshop / "run"});
  options.environment["SHORT"] = "al";  // in "validation"
  const Finished finished = run_process(options);
  CHECK(finished.exit_code == kDone);
  CHECK(contains(finished.output, "180 validation"));
}
