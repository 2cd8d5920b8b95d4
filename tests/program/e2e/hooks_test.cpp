// What watches the passes beside training - validation, test, prediction - and failures; steps that differ from epoch to epoch.
#include <nlohmann/json.hpp>
#include <set>

#include "workshop.hpp"

using namespace treino::test;
using nlohmann::json;

namespace {

// 1258 digits to train on, 180 for validation, 359 for the test: 40, 6 and 12 batches of 32.
const std::string head = "[[callback]]\nplugin = 'profiler'\nwait = 0\nwarmup = 0\n";

/// How often each name stands in a trace.
std::multiset<std::string> names_in(const fs::path& trace) {
  INFO(trace);
  REQUIRE(fs::exists(trace));
  std::multiset<std::string> names;
  const json parsed = json::parse(read_text(trace));
  for (const json& event : parsed.at("traceEvents"))
    if (event.at("ph") == "X") names.insert(event.at("name").get<std::string>());
  return names;
}

std::set<std::string> traces_in(const fs::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ".json") names.insert(entry.path().filename().string());
  return names;
}

}  // namespace

TEST_CASE("the profiler records batches of the validation, of no other pass, and no backward pass") {
  const Workshop workshop;
  const Finished finished = workshop.run(small_manifest(head + "phase = 'validation'\nactive = 4\n"), "run");
  INFO(finished.output << finished.error);
  REQUIRE(finished.exit_code == kDone);
  CHECK(traces_in(workshop / "run/profile") == std::set<std::string>{"trace_validation_step_40_batch_0.json"});
  const auto names = names_in(workshop / "run/profile/trace_validation_step_40_batch_0.json");
  CHECK(names.count("validation batch 1") == 1);
  CHECK(names.count("validation batch 4") == 1);
  CHECK(names.count("validation batch 5") == 0);
  CHECK(names.count("dense_1 forward") == 4);
  CHECK(names.count("dense_1 backward") == 0);
  CHECK(names.count("optimizer") == 0);
  CHECK(contains(finished.output, "4 validation batches from batch 0, "));
  CHECK_FALSE(contains(finished.output, "backward"));
  CHECK(contains(read_text(workshop / "run/profile/trace_validation_step_40_batch_0.svg"), "A validation batch of small"));
}

TEST_CASE("a round ends with its pass, and the next one begins in the next") {
  const Workshop workshop;
  // Rounds of two batches that pass and up to nine that are recorded: the other four of six, three times.
  const Finished finished = workshop.run(
      small_manifest("[[callback]]\nplugin = 'profiler'\nwait = 1\nwarmup = 1\nactive = 9\nrepeat = 0\nphase = 'validation'\n"),
      "run");
  INFO(finished.output << finished.error);
  REQUIRE(finished.exit_code == kDone);
  CHECK(traces_in(workshop / "run/profile") == std::set<std::string>{"trace_validation_step_40_batch_2.json",
                                                                     "trace_validation_step_80_batch_2.json",
                                                                     "trace_validation_step_120_batch_2.json"});
  CHECK(names_in(workshop / "run/profile/trace_validation_step_80_batch_2.json").count("validation batch 4") == 1);
}

TEST_CASE("a test and a prediction are profiled by the run, by evaluate and by predict") {
  const Workshop workshop;
  const Finished finished =
      workshop.run(small_manifest(head + "phase = 'test'\nactive = 3\n" + head + "phase = 'predict'\nactive = 3\n"), "run");
  INFO(finished.output << finished.error);
  REQUIRE(finished.exit_code == kDone);
  CHECK(traces_in(workshop / "run/profile") == std::set<std::string>{"trace_test_step_120_batch_0.json"});
  CHECK(names_in(workshop / "run/profile/trace_test_step_120_batch_0.json").count("test batch 3") == 1);
  const Finished evaluated = workshop.treino({"evaluate", workshop / "run"});
  INFO(evaluated.output << evaluated.error);
  REQUIRE(evaluated.exit_code == kDone);
  CHECK(contains(evaluated.output, "3 test batches from batch 0, "));
  const Finished predicted = workshop.treino(
      {"predict", workshop / "run", SOURCE_FOLDER "/examples/data/digits.csv.gz", "--output", workshop / "p.csv"});
  INFO(predicted.output << predicted.error);
  REQUIRE(predicted.exit_code == kDone);
  CHECK(traces_in(workshop / "run/profile").count("trace_predict_step_0_batch_0.json") == 1);
}

TEST_CASE("skip_first lets batches pass once, before the first round") {
  const Workshop workshop;
  const Finished finished = workshop.run(
      small_manifest("[[callback]]\nplugin = 'profiler'\nskip_first = 5\nwait = 2\nwarmup = 0\nactive = 3\nrepeat = 2\n"), "run");
  INFO(finished.output << finished.error);
  REQUIRE(finished.exit_code == kDone);
  // 5 and 2 batches, 3 recorded, 2 between.
  CHECK(traces_in(workshop / "run/profile") == std::set<std::string>{"trace_step_7.json", "trace_step_12.json"});
}

TEST_CASE("the table says what memory each layer takes") {
  const Workshop workshop;
  const Finished finished = workshop.run(small_manifest(head + "active = 2\nprofile_memory = true\n"), "run");
  INFO(finished.output << finished.error);
  REQUIRE(finished.exit_code == kDone);
  std::map<std::string, std::string> ends;  // of the rows
  for (const std::string& line : lines(finished.output))
    ends[line.substr(0, line.find(' '))] = line.substr(std::max<std::size_t>(line.size(), 9) - 9);
  // Outputs of 32 samples and, twice, the parameters, 4 bytes each: 32 * 24 + 2 * (64 * 24 + 24); 32 * 10 + 2 * (24 * 10 + 10).
  CHECK(contains(ends["dense_1"], " 15.6 kB"));
  CHECK(contains(ends["dense_2"], " 3.3 kB"));
}

TEST_CASE("iteration_time_logger says how long a batch of a test and of a prediction takes") {
  const Workshop workshop;
  REQUIRE(
      workshop.run(small_manifest("[[callback]]\nplugin = 'iteration_time_logger'\nmoving_avg_window = 5\n"), "run").exit_code ==
      kDone);
  const Finished evaluated = workshop.treino({"evaluate", workshop / "run"});
  INFO(evaluated.output << evaluated.error);
  CHECK(contains(evaluated.output, "test: iteration time "));
  CHECK(contains(evaluated.output, " s (the mean of the last 5 batches)"));
  const Finished predicted = workshop.treino(
      {"predict", workshop / "run", SOURCE_FOLDER "/examples/data/digits.csv.gz", "--output", workshop / "p.csv"});
  CHECK(contains(predicted.output, "prediction: iteration time "));
}

TEST_CASE("a run that a plugin ends as failed has an exception before its end") {
  const Workshop workshop;
  const std::string witness =
      "[[callback]]\nplugin = 'lambda'\non_exception = \"log('exception: ' .. reason)\"\non_run_end = \"log('end: ' .. "
      "outcome)\"\n";
  const Finished finished = workshop.run(small_manifest("[[callback]]\nplugin = 'failing_stopper'\n" + witness), "run");
  INFO(finished.output << finished.error);
  CHECK(finished.exit_code == kFailed);
  const std::size_t exception = finished.output.find("exception: the cat has the data"),
                    end = finished.output.find("end: failed");
  CHECK(exception != std::string::npos);
  CHECK(end != std::string::npos);
  CHECK(exception < end);
  CHECK(finished.output.find("exception: ", exception + 1) == std::string::npos);
}

TEST_CASE("treino lr draws the steps that accumulation by epoch leaves") {
  const Workshop workshop;
  const std::string scheduler = "[[scheduler]]\nplugin = 'exponential_decay'\nunit = 'step'\ngamma = 0.9\n";
  const Finished finished = workshop.treino({"lr", workshop.write("lr.toml", small_manifest(scheduler)), "--csv",
                                             workshop / "lr.csv", "--set", "run.accumulate={ 0 = 3, 2 = 1 }"});
  INFO(finished.output << finished.error);
  REQUIRE(finished.exit_code == kDone);
  // 14 steps of up to three batches in each of two epochs, then 40.
  CHECK(contains(finished.output, "3 epochs, 68 steps"));
  const auto rows = lines(read_text(workshop / "lr.csv"));
  REQUIRE(rows.size() == 69);
  CHECK(rows[1].rfind("0,0,0.002,", 0) == 0);
  CHECK(rows[15].rfind("1,14,", 0) == 0);
  CHECK(rows[29].rfind("2,28,", 0) == 0);
  CHECK(rows[68].rfind("2,67,", 0) == 0);
}

TEST_CASE("a run with accumulation by epoch continues from its folder, which has the table") {
  const Workshop workshop;
  const Finished finished = workshop.run(small_manifest("[[callback]]\nplugin = 'iteration_time_logger'\n"), "run",
                                         {"--set", "run.accumulate={ 0 = 3, 2 = 1 }", "--set", "run.epochs=2"});
  INFO(finished.output << finished.error);
  REQUIRE(finished.exit_code == kDone);
  CHECK(contains(read_text(workshop / "run/manifest.toml"), "accumulate"));
  const Finished resumed = workshop.treino({"resume", workshop / "run", "--set", "run.epochs=3"});
  INFO(resumed.output << resumed.error);
  REQUIRE(resumed.exit_code == kDone);
  bool found = false;
  for (const std::string& line : lines(read_text(workshop / "run/log.jsonl"))) {
    const json record = json::parse(line);
    found |= record.value("epoch", -1) == 2 && record.value("step", -1) == 68;
  }
  CHECK(found);
}
