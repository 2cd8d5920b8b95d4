// Losses and metrics that give what cannot be are named, with what they gave, before anything is made of it.
#include "workshop.hpp"

using namespace treino::test;

namespace {

std::string with_loss(const std::string& fault) {
  std::string text = small_manifest();
  const std::string good = "plugin = \"cross_entropy\"";
  return text.replace(text.find(good), good.size(), "plugin = \"bad_loss\"\nfault = \"" + fault + "\"");
}
std::string with_metric(const std::string& fault, const std::string& more = "") {
  return small_manifest("[[metric]]\nplugin = 'bad_metric'\nfault = \"" + fault + "\"\n" + more);
}

}  // namespace

TEST_CASE("a loss that gives what no loss can give is named") {
  for (const auto& [fault, text] :
       std::map<std::string, std::string>{{"takes", "bad_loss: says that it takes predictions of kind 4000000000"},
                                          {"takes nothing", "bad_loss: says that it takes predictions of kind 0"},
                                          {"negative weight", "bad_loss: gave the weight -1"},
                                          {"NaN weight", "bad_loss: gave the weight nan"},
                                          {"infinite weight", "bad_loss: gave the weight inf"}}) {
    INFO(fault);
    const Workshop workshop;
    const Finished finished = workshop.run(with_loss(fault), "run");
    INFO(finished.error);
    CHECK((finished.exit_code == kFailed || finished.exit_code == kBadInput));
    CHECK(contains(finished.error, text));
  }
  const Workshop workshop;
  CHECK(workshop.run(with_loss("none"), "run").exit_code == kDone);
}

TEST_CASE("a metric that gives what no metric can give is named, with its place in the manifest") {
  for (const auto& [fault, text] : std::map<std::string, std::string>{
           {"count", "bad_metric: says that it has 4294967295 values; at most 16777216 are taken"},
           {"no name", "bad_metric: gives no name for its value 0"},
           {"empty name", "bad_metric: gives an empty name for its value 0"},
           {"twice the same name", "bad_metric: gives the name 'bad_metric' to two values"},
           {"direction", "bad_metric: gives the direction 17 for 'bad_metric'"},
           {"too many tables", "bad_metric: says that it has 4000000000 tables; 64 are the most"},
           {"nameless table", "bad_metric: gives a table without a name"},
           {"huge table", "bad_metric: gives the table 'bad_table' of"},
           {"table without a row's name", "bad_metric: gives a table without a name for each row"},
           {"table without columns' names", "bad_metric: gives a table without names of its columns"},
           {"table without values", "bad_metric: gives the table 'bad_table' without values"},
           {"tables without functions", "bad_metric: its table of functions treino.table/1 is incomplete"},
           {"short tables", "bad_metric: its table of functions treino.table/1 is incomplete"}}) {
    INFO(fault);
    const Workshop workshop;
    const Finished finished = workshop.run(with_metric(fault), "run");
    INFO(finished.error);
    CHECK(finished.exit_code == kBadInput);
    CHECK(contains(finished.error, ".toml:"));
    CHECK(contains(finished.error, text));
  }
}

TEST_CASE("a metric whose table changes or fails later fails the run, or is disabled") {
  for (const auto& [fault, text] : std::map<std::string, std::string>{
           {"growing table", "bad_metric: gives the table 'bad_table' of 1 x 2 values, after it had said 2 x 2"},
           {"no table", "bad_metric: failed without saying why"}}) {
    INFO(fault);
    const Workshop workshop;
    const Finished finished = workshop.run(with_metric(fault), "run");
    CHECK(finished.exit_code == kFailed);
    CHECK(contains(finished.error, text));
    const Finished disabled = workshop.run(with_metric(fault, "on_error = 'disable'\n"), "disabled");
    CHECK(disabled.exit_code == kDone);
    CHECK(contains(disabled.output + disabled.error, text));
  }
}

TEST_CASE("an incomplete report or garbage collector is not called, and a complete report is shown") {
  const Workshop workshop;
  REQUIRE(workshop.run(with_metric("none"), "good").exit_code == kDone);
  CHECK(contains(workshop.treino({"evaluate", (workshop / "good").string()}).output, "a report"));
  REQUIRE(workshop.run(with_metric("report without a function"), "run").exit_code == kDone);
  const Finished evaluated = workshop.treino({"evaluate", (workshop / "run").string()});
  CHECK(evaluated.exit_code == kFailed);
  CHECK(contains(evaluated.error, "bad_metric: its table of functions treino.report/1 is incomplete"));
  const Finished collected = workshop.run(
      with_metric("garbage without a function", "[[callback]]\nplugin = 'garbage_collector'\nstep_interval = 5\n"), "collected");
  INFO(collected.error);
  CHECK(collected.exit_code == kDone);
}
