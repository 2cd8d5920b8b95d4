// Plugins that break the contract: each is named, and nobody else is harmed.
#include "program/e2e/workshop.hpp"

using namespace treino::test;

namespace {

std::string misbehaver(const std::string& what) { return "[[callback]]\nplugin = 'misbehaver'\nwhat = '" + what + "'\n"; }

Finished run(const Workshop& workshop, const std::string& more, const std::string& name) {
  return workshop.run(small_manifest(more), name);
}

}  // namespace

TEST_CASE("create that returns TREINO_MISSING, or throws what has no text, fails with the plugin's name") {
  const Workshop workshop;
  Finished finished = run(workshop, misbehaver("missing create"), "a");
  CHECK(finished.exit_code == kBadInput);
  CHECK(contains(finished.error, "misbehaver: returned TREINO_MISSING, which this function may not return (in create)"));
  finished = run(workshop, misbehaver("nameless create"), "b");
  CHECK(finished.exit_code == kBadInput);
  CHECK(contains(finished.error, "misbehaver: threw an exception without a text (in create)"));
}

TEST_CASE("an error without its end, without a text, or in another buffer, is reported all the same") {
  const Workshop workshop;
  Finished finished = run(workshop, misbehaver("no end"), "a");
  CHECK(finished.exit_code == kFailed);
  CHECK(contains(finished.error, "misbehaver: " + std::string(1023, 'x') + " (in epoch_end)"));
  finished = run(workshop, misbehaver("nameless"), "b");
  CHECK(finished.exit_code == kFailed);
  CHECK(contains(finished.error, "misbehaver: threw an exception without a text (in epoch_end)"));
  finished = run(workshop, misbehaver("another buffer"), "c");
  CHECK(finished.exit_code == kFailed);
  CHECK(contains(finished.error, "misbehaver: thrown with the error's buffer changed (in epoch_end)"));
}

TEST_CASE("what a receiver writes into an event reaches neither the host nor later receivers") {
  const Workshop workshop;
  const Finished finished = run(workshop, misbehaver("writes") + misbehaver("reads"), "run");
  CHECK(finished.exit_code == kDone);
  CHECK(contains(finished.output, "misbehaver_2: untouched\n"));
  CHECK_FALSE(contains(finished.output, ": touched"));
}

TEST_CASE("a step is skipped in backward_end only") {
  const Workshop workshop;
  const Finished finished = run(workshop, misbehaver("skips"), "run");
  CHECK(finished.exit_code == kDone);
  CHECK(contains(
      finished.output,
      "warning: misbehaver: ignored its request to skip a step, made in epoch_end: it can be made at backward_end only\n"));
  CHECK_FALSE(contains(finished.output, "step not taken"));
}

TEST_CASE("an invalid momentum ends the run before it begins") {
  const Workshop workshop;
  for (const char* momentum : {"1.0", "-0.1", "inf"}) {
    const Finished finished =
        run(workshop, "[[scheduler]]\nplugin = 'bad_momentum'\nmomentum = " + std::string(momentum) + "\n", momentum);
    CHECK(finished.exit_code != kDone);
    CHECK(contains(finished.error, "; a momentum is at least 0 and less than 1, or NaN to leave it"));
  }
}

TEST_CASE("a child's failure names the child") {
  const Workshop workshop;
  std::string manifest = small_manifest("[[scheduler]]\nplugin = 'parent'\nof = { plugin = 'thrower', version = '>=1' }\n");
  const Finished finished = workshop.run(manifest, "run");
  CHECK(finished.exit_code != kDone);
  CHECK(contains(finished.error, "parent/thrower_1: thrown by the child (in learning_rate)"));
}

TEST_CASE("a scalar has no direction where the description says that it has none") {
  const Workshop workshop;
  const Finished finished = workshop.run(small_manifest("[[callback]]\nplugin = 'directed'\n"), "run");
  CHECK(finished.exit_code == kBadInput);
  CHECK(contains(finished.error, "directed: the description says no_direction = true, and 'score' has one (in create)"));
}

TEST_CASE("check finds a missing mode where the description says that it is needed") {
  const Workshop workshop;
  const std::string manifest = small_manifest(
      "[[callback]]\nplugin = 'timer'\nduration = 60.0\n[[callback]]\nplugin = 'model_checkpoint'\n"
      "monitor = 'elapsed_seconds'\n");
  write_text(workshop / "train.toml", manifest);
  const Finished finished = workshop.treino({"check", (workshop / "train.toml").string()});
  CHECK(finished.exit_code == kBadInput);
  CHECK(contains(finished.error, "model_checkpoint: 'elapsed_seconds' does not say whether lower or higher is better: set mode"));
}

TEST_CASE("a monitored metric that does not say which way is better is found before the run begins") {
  const Workshop workshop;
  const Finished finished = workshop.run(small_manifest("[[callback]]\nplugin = 'foreign_text'\nwhat = 'number'\n"
                                                        "[[callback]]\nplugin = 'early_stopping'\nmonitor = 'number'\n"),
                                         "run");
  CHECK(finished.exit_code == kBadInput);
  CHECK(
      contains(finished.error,
               ":25:11: early_stopping: 'number' does not say whether lower or higher is better: set mode = \"min\" or \"max\""));
  CHECK_FALSE(fs::exists(workshop / "run"));
}
