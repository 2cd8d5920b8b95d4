// What gradient_monitor, html_report and module_summary show of a real run.
#include <cmath>
#include <csignal>
#include <sstream>
#include <thread>

#include "plugins/tensorboard/event_records.hpp"
#include "program/e2e/workshop.hpp"

using namespace treino::test;

namespace {

/// Parsed by Python's XML reader, which knows nothing of ours.
void check_xml(const fs::path& file) {
  const Finished parsed =
      run_process({{"/usr/bin/python3", "-c", "import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])", file},
                   file.parent_path(),
                   {},
                   std::chrono::minutes(1)});
  INFO(parsed.error);
  CHECK(parsed.exit_code == 0);
}

/// Nothing is loaded from elsewhere: the only address is the name of SVG.
void check_self_contained(const std::string& text) {
  for (std::size_t at = 0; (at = text.find("://", at)) != std::string::npos; ++at)
    CHECK(text.substr(at, 21) == "://www.w3.org/2000/sv");
  for (const char* part : {"<script", "<link", "<img", "@import", "url("}) {
    INFO(part);
    CHECK_FALSE(contains(text, part));
  }
}

/// The last value of a column of history.csv.
double last(const fs::path& file, const std::string& name) {
  const std::vector<std::string> rows = lines(read_text(file));
  std::istringstream head(rows.front()), row(rows.back());
  std::string title, cell;
  while (std::getline(head, title, ',') && std::getline(row, cell, ','))
    if (title == name) return std::stod(cell);
  FAIL("no column " << name);
  return 0;
}

}  // namespace

TEST_CASE("gradient_monitor's scalars agree with each other, and its picture is a complete SVG") {
  const Workshop workshop;
  const Finished finished = workshop.run(
      small_manifest(
          "[[callback]]\nplugin = 'csv_logger'\nfilename = 'history.csv'\n"
          "[[callback]]\nplugin = 'gradient_monitor'\nevery_n_steps = 1\nscope = ['global', 'layer', 'param']\n"
          "what = ['norm', 'mean', 'std', 'absmax', 'sparsity', 'update_ratio', 'histogram']\nwhen = ['before', 'after']\n"),
      "run");
  INFO(finished.output << finished.error);
  REQUIRE(finished.exit_code == kDone);
  const fs::path table = workshop / "run/history.csv";
  const auto square = [&](const std::string& name) { return std::pow(last(table, name), 2); };
  CHECK(square("gradient_norm") == Approx(square("gradient_norm/dense_1") + square("gradient_norm/dense_2")));
  CHECK(square("gradient_norm/dense_2") == Approx(square("gradient_norm/dense_2/weight") + square("gradient_norm/dense_2/bias")));
  // Norm, mean and standard deviation of the same 240 numbers.
  CHECK(square("gradient_norm/dense_2/weight") / 240 ==
        Approx(square("gradient_std/dense_2/weight") + square("gradient_mean/dense_2/weight")));
  CHECK(last(table, "gradient_absmax") ==
        std::max(last(table, "gradient_absmax/dense_1"), last(table, "gradient_absmax/dense_2")));
  CHECK(last(table, "gradient_sparsity/dense_1") > 0);  // pixels that are never inked
  CHECK(last(table, "update_ratio/dense_1") > 0);
  CHECK(last(table, "gradient_norm_after/dense_1") == last(table, "gradient_norm/dense_1"));  // nobody clips
  check_xml(workshop / "run/gradient_flow.svg");
  const std::string picture = read_text(workshop / "run/gradient_flow.svg");
  check_self_contained(picture);
  for (const char* part : {"Gradient flow of small", "dense_1", "step", "Norm of the gradient", "after clipping"})
    CHECK(contains(picture, part));
}

TEST_CASE("update_ratio is the step's norm over the weights': for plain descent learning rate times gradient over weights") {
  const Workshop workshop;
  std::string manifest = small_manifest(
      "[[callback]]\nplugin = 'csv_logger'\nfilename = 'history.csv'\n"
      "[[callback]]\nplugin = 'gradient_monitor'\nevery_n_steps = 1\nwhat = ['norm', 'update_ratio']\n");
  manifest.replace(manifest.find("\"adam\""), 6, "\"sgd\"");
  // Where the rate is doubled, so is the first step, and nothing else about it.
  REQUIRE(workshop
              .run(manifest, "one",
                   {"--set", "run.epochs=1", "--set", "data.batch_size=2000", "--set", "optimizer.learning_rate=0.01"})
              .exit_code == kDone);
  REQUIRE(workshop
              .run(manifest, "two",
                   {"--set", "run.epochs=1", "--set", "data.batch_size=2000", "--set", "optimizer.learning_rate=0.02"})
              .exit_code == kDone);
  const fs::path one = workshop / "one/history.csv", two = workshop / "two/history.csv";
  CHECK(last(one, "gradient_norm/dense_1") == last(two, "gradient_norm/dense_1"));
  CHECK(last(two, "update_ratio/dense_1") == Approx(2 * last(one, "update_ratio/dense_1")).epsilon(1e-3));
}

TEST_CASE("html_report is one page that loads nothing, with the run's scalars in it") {
  const Workshop workshop;
  const Finished finished = workshop.run(small_manifest("[[callback]]\nplugin = 'html_report'\nupdate = 'epoch'\n"), "run");
  INFO(finished.output << finished.error);
  REQUIRE(finished.exit_code == kDone);
  const std::string page = read_text(workshop / "run/report.html");
  check_self_contained(page);
  for (const char* part : {"<h1>small<span class=\"outcome good\">done</span></h1>", "3 of 3", "val_accuracy", "test_accuracy",
                           "dense_2", "learning rate", "training samples"}) {
    INFO(part);
    CHECK(contains(page, part));
  }
  REQUIRE(workshop.run(small_manifest("[[callback]]\nplugin = 'html_report'\nfilename = 'curves.svg'\n"), "drawn").exit_code ==
          kDone);
  check_xml(workshop / "drawn/curves.svg");
  CHECK(contains(read_text(workshop / "drawn/curves.svg"), "val_accuracy"));
  const Finished failed = workshop.run(
      small_manifest("[[callback]]\nplugin = 'html_report'\n[[callback]]\nplugin = 'thrower'\nevent = 'validation_begin'\n"),
      "failed");
  CHECK(failed.exit_code == kFailed);
  CHECK(contains(read_text(workshop / "failed/report.html"), "the cat is on the keyboard"));
}

TEST_CASE("two runs of one manifest give the same page where it holds no times") {
  const Workshop workshop;
  const std::string manifest = small_manifest("[[callback]]\nplugin = 'html_report'\ntimes = false\n");
  REQUIRE(workshop.run(manifest, "one").exit_code == kDone);
  REQUIRE(workshop.run(manifest, "two").exit_code == kDone);
  CHECK((read_text(workshop / "one/report.html") == read_text(workshop / "two/report.html")));
}

TEST_CASE("module_summary's totals are those that the program itself prints") {
  const Workshop workshop;
  const Finished finished = workshop.run(small_manifest("[[callback]]\nplugin = 'module_summary'\n"), "run");
  REQUIRE(finished.exit_code == kDone);
  CHECK(contains(finished.output, "1,810 parameters;"));  // 64 x 24 + 24 + 24 x 10 + 10
  CHECK(contains(finished.output, "parameters   1,810 (7.1 KiB)"));
}

TEST_CASE("pictures of a run that was killed and resumed are those of one that never was") {
  const Workshop workshop;
  const std::string manifest = small_manifest(
      "[[callback]]\nplugin = 'gradient_monitor'\nevery_n_steps = 3\nwhat = ['norm', 'update_ratio', 'histogram']\n"
      "[[callback]]\nplugin = 'html_report'\ntimes = false\nupdate = 'epoch'\n"
      "[[callback]]\nplugin = 'csv_logger'\nfilename = 'history.csv'\n"
      "[[callback]]\nplugin = 'backup_and_restore'\nbackup_dir = 'backup'\nsave_freq = 11\ndelete_checkpoint = false\n"
      "[[callback]]\nplugin = 'slow_sleeper'\nmilliseconds = 10\n");
  REQUIRE(workshop.run(manifest, "whole").exit_code == kDone);
  for (const std::size_t epochs : {0, 1, 2}) {
    const std::string name = "killed_" + std::to_string(epochs);
    Process process(workshop.command({"run", workshop / "whole.toml", "--folder", workshop / name, "--quiet"}));
    wait_for_epochs(process, workshop / name, epochs);
    std::this_thread::sleep_for(std::chrono::milliseconds(60));
    process.send(SIGKILL);
    REQUIRE(process.wait().signal == SIGKILL);
    const Finished resumed = workshop.treino({"resume", workshop / name});
    INFO(resumed.output << resumed.error);
    REQUIRE(resumed.exit_code == kDone);
    for (const char* file : {"gradient_flow.svg", "report.html"}) {
      INFO(file);
      CHECK((read_text(workshop / (name + "/" + file)) == read_text(workshop / (std::string("whole/") + file))));
    }
  }
}
