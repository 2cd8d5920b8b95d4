// The traces of `profiler` and of tensorboard's profile_batch: valid JSON of Chrome's trace events, properly nested, with
// everything that took time.
#include <nlohmann/json.hpp>
#include <set>

#include "program/e2e/workshop.hpp"

using namespace treino::test;
using nlohmann::json;

namespace {

json trace_in(const fs::path& file) {
  REQUIRE(fs::exists(file));
  return json::parse(read_text(file));
}

/// Every event has what the format asks for, and those of a thread lie within each other or beside each other.
void check_events(const json& trace) {
  REQUIRE(trace.at("traceEvents").is_array());
  std::vector<double> ends;
  double last = 0;
  for (const json& event : trace["traceEvents"]) {
    INFO(event.dump());
    REQUIRE(event.at("name").is_string());
    REQUIRE(event.at("pid").is_number_integer());
    REQUIRE(event.at("tid").is_number_integer());
    const std::string phase = event.at("ph");
    if (phase == "M") {
      CHECK(event.at("args").at("name").is_string());
      continue;
    }
    REQUIRE(phase == "X");
    const double begin = event.at("ts"), end = begin + event.at("dur").get<double>();
    const double rounding = 0.0005;  // times are whole nanoseconds, written in microseconds
    CHECK(begin >= last);
    CHECK(end >= begin);
    last = begin;
    while (!ends.empty() && ends.back() <= begin + rounding) ends.pop_back();
    if (!ends.empty()) CHECK(end <= ends.back() + rounding);
    ends.push_back(end);
  }
}

std::multiset<std::string> names(const json& trace) {
  std::multiset<std::string> names;
  for (const json& event : trace.at("traceEvents"))
    if (event.at("ph") == "X") names.insert(event.at("cat").get<std::string>() + ": " + event.at("name").get<std::string>());
  return names;
}

bool has_files(const fs::path& folder, std::ptrdiff_t count) {
  return std::distance(fs::directory_iterator(folder), fs::directory_iterator()) == count;
}

const std::string profiler = "[[callback]]\nplugin = 'profiler'\nwait = 3\nwarmup = 1\nactive = 4\n";

}  // namespace

TEST_CASE("a trace holds each layer, loss, metric, optimizer, data and callback of the batches it was told to record") {
  const Workshop workshop;
  const Finished finished =
      workshop.run(small_manifest(profiler + "[[callback]]\nplugin = 'csv_logger'\nfilename = 'history.csv'\n"
                                             "[[callback]]\nplugin = 'gradient_monitor'\nevery_n_steps = 1\n"),
                   "run");
  INFO(finished.output << finished.error);
  REQUIRE(finished.exit_code == kDone);
  const json trace = trace_in(workshop / "run/profile/trace_step_4.json");
  check_events(trace);
  const auto found = names(trace);
  for (const char* name : {"batch: batch 1", "batch: batch 4"}) CHECK(found.count(name) == 1);
  CHECK(found.count("batch: batch 5") == 0);
  for (const char* name :
       {"forward: dense_1 forward", "backward: dense_1 backward", "forward: dense_2 forward", "backward: dense_2 backward",
        "loss: cross_entropy", "metric: accuracy", "optimizer: optimizer", "data: data"}) {
    INFO(name);
    CHECK(found.count(name) == 4);
  }
  CHECK(found.count("callback: gradient_monitor") == 8);  // backward_end and step_end
  CHECK(found.count("callback: profiler") >= 7);
  const std::string picture = read_text(workshop / "run/profile/trace_step_4.svg");
  for (const char* part : {"median of 4", "dense_2", "microseconds", "optimizer"}) CHECK(contains(picture, part));
  for (const char* row :
       {"4 batches from step 4, ", "dense_1", "cross_entropy", "gradient_monitor", "data wait", "trace_step_4.json"}) {
    INFO(row);
    CHECK(contains(finished.output, row));
  }
}

TEST_CASE("rounds repeat as often as configured, without any wait as well") {
  const Workshop workshop;
  const std::string head = "[[callback]]\nplugin = 'profiler'\nactive = 2\n";
  REQUIRE(workshop.run(small_manifest(head + "wait = 0\nwarmup = 0\n"), "once").exit_code == kDone);
  CHECK(has_files(workshop / "once/profile", 2));
  CHECK(fs::exists(workshop / "once/profile/trace_step_0.json"));
  REQUIRE(workshop.run(small_manifest(head + "wait = 5\nwarmup = 1\nrepeat = 3\n"), "thrice").exit_code == kDone);
  CHECK(has_files(workshop / "thrice/profile", 6));
  REQUIRE(workshop.run(small_manifest(head + "wait = 30\nwarmup = 0\nrepeat = 0\n"), "always").exit_code == kDone);
  for (const auto& entry : fs::directory_iterator(workshop / "always/profile"))
    if (entry.path().extension() == ".json") check_events(trace_in(entry.path()));
}

TEST_CASE("a run that fails while it is profiled leaves a whole trace of what was recorded") {
  const Workshop workshop;
  const Finished failed = workshop.run(small_manifest("[[callback]]\nplugin = 'profiler'\nwait = 0\nwarmup = 0\nactive = 100000\n"
                                                      "[[callback]]\nplugin = 'thrower'\nevent = 'validation_begin'\n"),
                                       "run");
  INFO(failed.output << failed.error);
  CHECK(failed.exit_code == kFailed);
  const json trace = trace_in(workshop / "run/profile/trace_step_0.json");
  check_events(trace);
  CHECK(names(trace).count("optimizer: optimizer") > 10);
}

TEST_CASE("a run that ends before its first round leaves no trace") {
  const Workshop workshop;
  REQUIRE(workshop.run(small_manifest("[[callback]]\nplugin = 'profiler'\nwait = 100000\n"), "run").exit_code == kDone);
  CHECK(fs::is_empty(workshop / "run/profile"));
}

TEST_CASE("tensorboard's profile_batch records the batches from the first to the last, counted from 1 over the whole run") {
  const Workshop workshop;
  const std::string head = "[[callback]]\nplugin = 'tensorboard'\nwrite_graph = false\nprofile_batch = ";
  const auto traced = [&](const std::string& batches, const std::string& run, const std::string& more = "") {
    const Finished finished = workshop.run(small_manifest(head + batches + "\n" + more), run);
    INFO(finished.output << finished.error);
    REQUIRE(finished.exit_code == kDone);
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(workshop / (run + "/logs/train")))
      if (entry.path().extension() == ".json") files.push_back(entry.path());
    return files;
  };
  const auto batches_in = [&](const json& trace) {
    std::vector<std::string> batches;
    for (const json& event : trace.at("traceEvents"))
      if (event.at("name").get<std::string>().rfind("batch ", 0) == 0) batches.push_back(event.at("name"));
    return batches;
  };
  using Batches = std::vector<std::string>;

  const auto some = traced("[3, 5]", "some", "[[callback]]\nplugin = 'gradient_monitor'\nevery_n_steps = 1\n");
  REQUIRE(some == std::vector<fs::path>{workshop / "some/logs/train/batches_3_to_5.trace.json"});
  const json trace = trace_in(some[0]);
  check_events(trace);
  CHECK(batches_in(trace) == Batches{"batch 3", "batch 4", "batch 5"});
  CHECK(trace.at("otherData").at("first_step") == 2);
  const auto found = names(trace);
  for (const char* name :
       {"forward: dense_1 forward", "backward: dense_2 backward", "loss: cross_entropy", "optimizer: optimizer"}) {
    INFO(name);
    CHECK(found.count(name) == 3);
  }
  CHECK(found.count("callback: gradient_monitor") == 6);

  const auto first = traced("1", "first");
  REQUIRE(first.size() == 1);
  CHECK(batches_in(trace_in(first[0])) == Batches{"batch 1"});

  // The last batch of the first epoch and the first of the second: 1,258 rows in batches of 32 are 40.
  const auto across = traced("[40, 41]", "across");
  REQUIRE(across.size() == 1);
  CHECK(batches_in(trace_in(across[0])) == Batches{"batch 40", "batch 41"});

  // The run ends among them.
  const auto cut = traced("[119, 1000]", "cut");
  REQUIRE(cut == std::vector<fs::path>{workshop / "cut/logs/train/batches_119_to_120.trace.json"});
  CHECK(batches_in(trace_in(cut[0])) == Batches{"batch 119", "batch 120"});

  CHECK(traced("0", "none").empty());
  CHECK(traced("[1000, 1001]", "beyond").empty());
}
