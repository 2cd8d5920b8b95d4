// How long a run lasts, beside its epochs: max_time and min_epochs of [run].
#include "support/replaced.hpp"
#include "workshop.hpp"

using namespace treino::test;

namespace {

std::string in_run(const std::string& manifest, const std::string& key) {
  return replaced(manifest, "[run]\n", "[run]\n" + key + "\n");
}

/// Asks to stop after each epoch but the first, since no loss improves by so much.
const std::string impatient =
    "[[callback]]\nplugin = 'early_stopping'\nmonitor = 'loss'\nmode = 'min'\nmin_delta = 1000.0\npatience = 1\n";

}  // namespace

TEST_CASE("a run whose max_time is over is saved, says so, and continues bit for bit, as often as it takes") {
  const Workshop workshop;
  REQUIRE(workshop.run(stateful_manifest(), "reference").exit_code == kDone);
  Finished finished = workshop.run(in_run(stateful_manifest(), "max_time = '0.2 s'"), "limited");
  int interrupted = 0;
  for (; finished.exit_code == kInterrupted && interrupted < 200; ++interrupted) {
    CHECK(contains(finished.output, "max_time"));
    CHECK(contains(finished.output, "treino resume " + (workshop / "limited").string()));
    CHECK(fact(workshop / "limited", "/outcome") == "\"interrupted\"");
    finished = workshop.treino({"resume", workshop / "limited"});
  }
  INFO(finished.output << finished.error);
  CHECK(interrupted > 0);
  REQUIRE(finished.exit_code == kDone);
  check_same_run(workshop / "reference", workshop / "limited");
}

TEST_CASE("a run that is done before its max_time is done") {
  const Workshop workshop;
  CHECK(workshop.run(in_run(small_manifest(), "max_time = '1000000 d'"), "run").exit_code == kDone);
}

TEST_CASE("before min_epochs no callback stops the run early, and what is asked for in vain is told") {
  const Workshop workshop;
  const std::string manifest = replaced(small_manifest(impatient), "epochs = 3", "epochs = 9");
  REQUIRE(workshop.run(manifest, "early").exit_code == kEarlyStopped);
  CHECK(fact(workshop / "early", "/epochs") == "2");
  const Finished finished = workshop.run(in_run(manifest, "min_epochs = 5"), "later");
  CHECK(finished.exit_code == kEarlyStopped);
  CHECK(fact(workshop / "later", "/epochs") == "5");
  CHECK(contains(finished.output + finished.error,
                 "early_stopping: the run continues to min_epochs, though loss has not improved"));
}

TEST_CASE("a wrong max_time, and more min_epochs than epochs, are refused with their places") {
  const Workshop workshop;
  for (const std::string wrong : {"2 hours", "h", "-1 s", "0 s", "nan s", "inf d", "1e400 s", "", "1 2 s", "5"}) {
    CAPTURE(wrong);
    const Finished finished = workshop.run(in_run(small_manifest(), "max_time = '" + wrong + "'"), "run");
    CHECK(finished.exit_code == kBadInput);
    CHECK(contains(finished.error,
                   "run.toml:2:12: max_time of [run]: expected a time such as \"90 s\", \"30 min\", \"2 h\" or \"1 d\", got"));
  }
  const Finished finished = workshop.run(in_run(small_manifest(), "min_epochs = 4"), "run");
  CHECK(finished.exit_code == kBadInput);
  CHECK(contains(finished.error, "run.toml:2:14: min_epochs of [run]: expected at most epochs, 3, got 4"));
}
