// Runs that are cut off anywhere end as those that never were.
#include <csignal>
#include <random>
#include <thread>

#include "workshop.hpp"

using namespace treino::test;

namespace {

using Clock = std::chrono::steady_clock;

/// Starts the command and kills it after `delay`; true where it was still running.
bool kill_after(const ProcessOptions& command, std::chrono::duration<double> delay) {
  Process process(command);
  const auto end = Clock::now() + delay;
  while (Clock::now() < end && process.running()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  process.send(SIGKILL);
  return process.wait().signal == SIGKILL;
}

}  // namespace

TEST_CASE("a run killed at any moment, even twice, resumes bit for bit") {
  const Workshop workshop;
  const auto begin = Clock::now();
  REQUIRE(workshop.run(stateful_manifest(), "reference").exit_code == kDone);
  const std::chrono::duration<double> whole = Clock::now() - begin;
  std::vector<double> moments = {0.02, 0.08, 0.2, 0.35, 0.5, 0.65, 0.8, 0.95};
  std::random_device device;
  for (int i = 0; i < 2; ++i) moments.push_back(0.99 * device() / device.max());
  int killed = 0;
  for (std::size_t i = 0; i < moments.size(); ++i) {
    CAPTURE(moments[i], whole.count());
    const std::string name = "killed_" + std::to_string(i);
    const std::string folder = workshop / name;
    killed +=
        kill_after(workshop.command({"run", workshop / "reference.toml", "--folder", folder, "--quiet"}), moments[i] * whole);
    if (!fs::exists(workshop / (name + "/manifest.toml"))) continue;  // before there was anything to continue with
    if (i % 2 == 1) killed += kill_after(workshop.command({"resume", folder, "--quiet"}), 0.4 * (1 - moments[i]) * whole);
    const Finished resumed = workshop.treino({"resume", folder});
    INFO(resumed.output << resumed.error);
    CHECK(resumed.exit_code == kDone);
    check_same_run(workshop / "reference", folder);
  }
  CHECK(killed >= 6);  // the last ones may come too late where the machine has become faster
}

TEST_CASE("a residual network in shards, killed at any moment, resumes bit for bit") {
  const Workshop workshop;
  std::string manifest = stateful_manifest();
  const std::size_t begin = manifest.find("layers = ["), end = manifest.find("\n]\n", begin);
  manifest.replace(begin, end - begin, R"(layers = [
  { type = "dense", units = 32, name = "stem" }, { type = "batch_norm" }, { type = "relu" }, { type = "dropout", rate = 0.3 },
  { type = "dense", units = 32 }, { type = "batch_norm", name = "branch" }, { type = "add", inputs = ["stem", "branch"] },
  { type = "relu" }, { type = "concat", inputs = ["relu_2", "stem"] }, { type = "dense", units = 10 },)");
  manifest.replace(manifest.find("[run]\n"), 6, "[run]\nshards = 4\n");
  const auto start = Clock::now();
  const Finished reference = workshop.run(manifest, "reference");
  INFO(manifest << reference.error);
  REQUIRE(reference.exit_code == kDone);
  const std::chrono::duration<double> whole = Clock::now() - start;
  int killed = 0;
  for (const double moment : {0.2, 0.5, 0.8}) {
    const std::string folder = workshop / ("killed_" + std::to_string(moment));
    killed += kill_after(workshop.command({"run", workshop / "reference.toml", "--folder", folder, "--quiet"}), moment * whole);
    if (!fs::exists(fs::path(folder) / "manifest.toml")) continue;
    CHECK(workshop.treino({"resume", folder}).exit_code == kDone);
    check_same_run(workshop / "reference", folder);
  }
  CHECK(killed >= 1);
}

TEST_CASE("one Ctrl-C or SIGTERM ends the run cleanly with exit code 4, and it continues bit for bit") {
  const Workshop workshop;
  REQUIRE(workshop.run(stateful_manifest(1), "reference").exit_code == kDone);
  for (const int signal : {SIGINT, SIGTERM}) {
    const std::string name = "run_" + std::to_string(signal);
    const Finished finished = interrupt(workshop, name, {signal});
    INFO(finished.output << finished.error);
    CHECK(finished.exit_code == kInterrupted);
    CHECK(contains(finished.output, "treino resume " + (workshop / name).string()));
    CHECK(fact(workshop / name, "/outcome") == "\"interrupted\"");
    const Finished resumed = workshop.treino({"resume", workshop / name});
    CHECK(resumed.exit_code == kDone);
    check_same_run(workshop / "reference", workshop / name);
  }
}

TEST_CASE("a second Ctrl-C or SIGTERM ends the run at once, and it still continues bit for bit") {
  const Workshop workshop;
  std::string slow = stateful_manifest();
  for (const auto& [from, to] :
       std::map<std::string, std::string>{{"milliseconds = 1", "milliseconds = 500"}, {"save_freq = 7", "save_freq = 1"}})
    slow.replace(slow.find(from), from.size(), to);
  REQUIRE(workshop.run(stateful_manifest(), "reference").exit_code == kDone);
  for (const int signal : {SIGINT, SIGTERM}) {
    const std::string name = "run_" + std::to_string(signal);
    Process process(workshop.command({"run", workshop.write(name + ".toml", slow), "--folder", workshop / name}));
    REQUIRE(wait_for(process, workshop / (name + "/log.jsonl")));  // the first backup
    std::this_thread::sleep_for(std::chrono::milliseconds(50));    // into the pause after a batch
    process.send(signal);
    // On a busy machine the first may not have been taken yet: two that wait count as one.
    for (int i = 0; i < 20 && process.running(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      process.send(signal);
    }
    const Finished finished = process.wait();
    CHECK(finished.signal == signal);
    CHECK(workshop.treino({"resume", workshop / name, "--set", "callback.slow_sleeper.milliseconds=1"}).exit_code == kDone);
    check_same_run(workshop / "reference", workshop / name);
  }
}
