// The calls that the host makes, and with what, as section 15 of sdk/ABI.md says for whoever writes another host.
#include <algorithm>

#include "small_model.hpp"

using namespace treino::test;

namespace {

std::string witness(const std::string& kind, const std::string& file, const std::string& more = "") {
  return "[[" + kind + "]]\nplugin = 'call_witness'\nname = '" + file + "'\nfile = '" + file + ".txt'\n" + more;
}

/// A run of two batches in an epoch whose loss is a witness, too.
std::string manifest(const std::string& more) {
  std::string text = linear_manifest("", more, "batch_size = 10\n");
  text.replace(text.find("epochs = 3"), 10, "epochs = 1");
  return text.replace(text.find("'mse'"), 5, "'call_witness'\nname = 'criterion'\nfile = 'loss.txt'\nfactor = 2\nmany = 7");
}

Finished run(const Workshop& workshop, const std::string& more) {
  workshop.write("d.csv", linear_data());
  return workshop.run(manifest(more), "run");
}

std::vector<std::string> calls(const Workshop& workshop, const std::string& file) {
  const fs::path path = workshop / ("run/" + file + ".txt");
  return fs::exists(path) ? lines(read_text(path)) : std::vector<std::string>();
}

std::size_t place(const std::vector<std::string>& calls, const std::string& line) {
  return static_cast<std::size_t>(std::find(calls.begin(), calls.end(), line) - calls.begin());
}

}  // namespace

TEST_CASE("create gets what has a default or was given, in the description's order, in the types that it says") {
  const Workshop workshop;
  const Finished finished = run(workshop, witness("metric", "metric", "many = [3, 4]\n"));
  INFO(finished.error);
  REQUIRE(finished.exit_code == kDone);
  // An integer as a float, a single element as a list of one, a path that is absolute, and nothing of `absent`.
  CHECK(calls(workshop, "loss")[0] == "create file=absolute factor=float:2 many=list:1:7 how=text");
  CHECK(calls(workshop, "metric")[0] == "create file=absolute factor=float:1 many=list:2:3 how=text");
}

TEST_CASE("a loss says what it takes the outputs for before a metric is prepared, and the metric gets that") {
  const Workshop workshop;
  REQUIRE(run(workshop, witness("metric", "metric")).exit_code == kDone);
  const auto loss = calls(workshop, "loss"), metric = calls(workshop, "metric");
  CHECK(loss[1] == "prepare prediction=1 independent=0");  // values, as the last layer makes them
  CHECK(loss[2] == "takes");
  CHECK(metric[1] == "prepare prediction=3 independent=1");
  // The gradient buffer has no gaps.
  CHECK(place(loss, "gradient without gaps") < loss.size());
  CHECK(place(loss, "gradient with gaps") == loss.size());
}

TEST_CASE("prepare comes once, at a resume too; reset before the first update; a metric's name is copied at once") {
  const Workshop workshop;
  REQUIRE(run(workshop, witness("metric", "metric")).exit_code == kDone);
  CHECK(contains(fact(workshop / "run", "/scalars"), "\"metric\""));
  CHECK_FALSE(contains(read_text(workshop / "run/summary.json"), "overwritten"));
  const auto first = calls(workshop, "metric");
  CHECK(place(first, "reset") < place(first, "update"));
  fs::remove(workshop / "run/metric.txt");
  const Finished resumed = workshop.treino({"resume", workshop / "run", "--set", "run.epochs=2"});
  INFO(resumed.error);
  REQUIRE(resumed.exit_code == kDone);
  const auto second = calls(workshop, "metric");
  for (const auto* all : {&first, &second}) {
    CHECK(std::count_if(all->begin(), all->end(), [](const std::string& line) { return line.rfind("prepare", 0) == 0; }) == 1);
    CHECK(all->back() == "destroy");
  }
  CHECK(place(second, "reset") < place(second, "update"));
}

TEST_CASE("a callback that fails gets the events that close what is open, or, where it is disabled, its destroy alone") {
  for (const bool disable : {false, true}) {
    const Workshop workshop;
    const Finished finished =
        run(workshop, witness("callback", "watcher", std::string("how = 'fail'\n") + (disable ? "on_error = 'disable'\n" : "")));
    INFO(finished.error);
    CHECK(finished.exit_code == (disable ? kDone : kFailed));
    std::vector<std::string> expected = {"run_begin 0", "epoch_begin 0", "batch_begin 0", "batch_end 0"};
    if (!disable) expected.insert(expected.end(), {"epoch_end 0", "run_end 0"});
    expected.push_back("destroy");
    auto found = calls(workshop, "watcher");
    REQUIRE(!found.empty());
    found.erase(found.begin());  // create
    CHECK(found == expected);
  }
}

TEST_CASE("a failed create is followed by nothing, a failed prepare by destroy alone") {
  const Workshop workshop;
  const fs::path kept = workshop / "kept.txt";
  const auto with_how = [&](const std::string& kind, const std::string& how) {
    fs::remove(kept);
    fs::remove_all(workshop / "run");
    const std::string table =
        "[[" + kind + "]]\nplugin = 'call_witness'\nname = 'watcher'\nfile = '" + kept.string() + "'\nhow = '" + how + "'\n";
    const Finished finished = run(workshop, table);
    INFO(finished.error);
    CHECK(finished.exit_code == kBadInput);
    CHECK(contains(finished.error, "watcher: refused as asked"));
    return lines(read_text(kept));
  };
  CHECK(with_how("callback", "refuse").size() == 1);
  const auto prepared = with_how("metric", "refuse prepare");
  REQUIRE(prepared.size() == 3);
  CHECK(prepared[2] == "destroy");
}

TEST_CASE("TREINO_MISSING is a failure where the header does not allow it, create included") {
  for (const std::string how : {"missing", "missing create"}) {
    const Workshop workshop;
    const Finished finished = run(workshop, witness("callback", "watcher", "how = '" + how + "'\n"));
    INFO(finished.error);
    CHECK(finished.exit_code == (how == "missing" ? kFailed : kBadInput));
    CHECK(contains(finished.error, "watcher"));
  }
}

TEST_CASE("what a receiver writes into the info of an event reaches no other") {
  const Workshop workshop;
  REQUIRE(run(workshop, witness("callback", "first", "how = 'spoil'\n") + witness("callback", "second")).exit_code == kDone);
  auto first = calls(workshop, "first"), second = calls(workshop, "second");
  CHECK(first == second);
  CHECK(place(second, "epoch_end 0") < second.size());
}

TEST_CASE("a child is created with what its description completes, however deep it stands") {
  const Workshop workshop;
  workshop.write("d.csv", linear_data());
  const std::string child = "{ plugin = 'call_witness', file = 'child.txt', factor = 2, many = 7 }";
  for (const std::string& losses : {child, "{ plugin = 'weighted_sum', losses = [ " + child + " ] }"}) {
    std::string text = linear_manifest("", "", "batch_size = 10\n");
    text.replace(text.find("'mse'"), 5, "'weighted_sum'\nlosses = [ " + losses + " ]");
    fs::remove_all(workshop / "run");
    const Finished finished = workshop.run(text, "run");
    INFO(losses << finished.error);
    REQUIRE(finished.exit_code == kDone);
    const auto found = calls(workshop, "child");
    REQUIRE(!found.empty());
    CHECK(found[0] == "create file=absolute factor=float:2 many=list:1:7 how=text");
    CHECK(found.back() == "destroy");
  }
}
