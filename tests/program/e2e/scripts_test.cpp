// Lua in a manifest: what the lambda callback can do to a run, and what it cannot.
#include <algorithm>

#include "workshop.hpp"

using namespace treino::test;

namespace {

std::string lambda(const std::string& settings) { return "[[callback]]\nplugin = 'lambda'\n" + settings; }

}  // namespace

TEST_CASE("a scalar that a hook logs is a scalar like any other: in the files, and to be monitored") {
  const Workshop workshop;
  const std::string gap = lambda("scalars = ['gap']\non_epoch_end = \"log_scalar('gap', logs.val_loss - logs.loss)\"\n");
  const std::string sinks = "[[callback]]\nplugin = 'csv_logger'\nfilename = 'history.csv'\n";
  const Finished finished = workshop.run(
      small_manifest(gap + sinks +
                     "[[callback]]\nplugin = 'model_checkpoint'\nfilepath = 'best.safetensors'\nmonitor = 'gap'\nmode = 'min'\n"),
      "run");
  INFO(finished.output << finished.error);
  REQUIRE(finished.exit_code == kDone);
  CHECK(contains(lines(read_text(workshop / "run/history.csv")).at(0), "gap"));
  const Finished misspelt = workshop.treino(
      {"check", workshop.write(
                    "a.toml", small_manifest(gap + "[[callback]]\nplugin = 'early_stopping'\nmonitor = 'gpa'\nmode = 'min'\n"))});
  CHECK(misspelt.exit_code == kBadInput);
  CHECK(contains(misspelt.error, "Did you mean 'gap'?"));
}

TEST_CASE("a hook can end the run") {
  const Workshop workshop;
  const Finished finished =
      workshop.run(small_manifest(lambda("on_epoch_end = \"if epoch == 1 then stop('enough') end\"\n")), "run");
  CHECK(finished.exit_code == kEarlyStopped);
  CHECK(fact(workshop / "run", "/reason") == "\"enough\"");
}

TEST_CASE("an error in a hook is reported with its line, and is handled as on_error says") {
  const Workshop workshop;
  const std::string wrong = "on_batch_end = \"local sum = 0\\nsum = sum + logs.no_such_number\"\n";
  const Finished stopped = workshop.run(small_manifest(lambda(wrong)), "stopped");
  CHECK(stopped.exit_code == kFailed);
  CHECK(contains(stopped.error, "on_batch_end:2: there is no scalar 'no_such_number'"));
  const Finished disabled = workshop.run(small_manifest(lambda(wrong + "on_error = 'disable'\n")), "disabled");
  CHECK(disabled.exit_code == kDone);
  CHECK(contains(disabled.output + disabled.error, "on_batch_end:2: there is no scalar"));
}

TEST_CASE("a script that cannot be compiled is refused before the first batch") {
  const Workshop workshop;
  const Finished hook = workshop.run(small_manifest(lambda("on_epoch_end = 'stop('\n")), "hook");
  CHECK(hook.exit_code != kDone);
  CHECK(contains(hook.error, "on_epoch_end:1:"));
  workshop.write("own.lua", "function on_epoch_end()\n  stop(\nend\n");
  const Finished script = workshop.run(small_manifest(lambda("script = 'own.lua'\n")), "script");
  CHECK(script.exit_code != kDone);
  CHECK(contains(script.error, "own.lua:3:"));
  const Finished unknown =
      workshop.treino({"check", workshop.write("a.toml", small_manifest(lambda("on_epoch_edn = 'stop()'\n")))});
  CHECK(unknown.exit_code == kBadInput);
  CHECK(contains(unknown.error, "Did you mean 'on_epoch_end'?"));
}

TEST_CASE("a hook that never ends is ended") {
  const Workshop workshop;
  const Finished finished = workshop.run(small_manifest(lambda("on_step_end = 'while true do end'\n")), "run");
  CHECK(finished.exit_code == kFailed);
  CHECK(contains(finished.error, "on_step_end:1: took more than 10000000 instructions"));
}

TEST_CASE("the garbage collector frees what scripts have left") {
  const Workshop workshop;
  // Small strings, so that Lua has no reason of its own to collect them during the run.
  const Finished finished = workshop.run(small_manifest(lambda("on_step_end = \"local text = ('x'):rep(4000) .. step\"\n") +
                                                        "[[callback]]\nplugin = 'garbage_collector'\nstep_interval = 10\n" +
                                                        "[[callback]]\nplugin = 'csv_logger'\nfilename = 'history.csv'\n"),
                                         "run");
  INFO(finished.output << finished.error);
  REQUIRE(finished.exit_code == kDone);
  const auto rows = lines(read_text(workshop / "run/history.csv"));
  REQUIRE(rows.size() == 4);
  const auto column = std::count(rows[0].begin(), rows[0].begin() + static_cast<std::ptrdiff_t>(rows[0].find("garbage")), ',');
  std::string cell = rows[1];
  for (auto i = column; i > 0; --i) cell = cell.substr(cell.find(',') + 1);
  CHECK(std::stod(cell) >= 10000);
}
