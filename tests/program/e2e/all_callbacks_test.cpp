// All callbacks that have an example, together, killed at random moments and resumed: everything that does not carry the time of
// day, or how long the machine took, is the same to the byte. What does is listed here.
#include <algorithm>
#include <csignal>
#include <cstring>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <sstream>
#include <thread>

#include "workshop.hpp"

using namespace treino::test;

namespace {

using Clock = std::chrono::steady_clock;
using nlohmann::json;
using Names = std::set<std::string>;

// Files, or folders, of which nothing is compared: with times of day (the log, the mail's date, TensorBoard's events, of which
// each part of a run has a file of its own) or only durations (the profile); and what has been kept of remote_monitor's rows,
// which have all numbers.
const Names timed_files = {"log.jsonl", "email.spool", "logs", "profile", "remote_monitor.spool"};

// Callbacks whose numbers are times and loads of the machine, these numbers, and those who keep them: with their state, or in a
// picture.
const Names timed_callbacks = {"garbage_collector", "iteration_time_logger", "system_resources_monitor", "throughput_monitor",
                               "timer"};
const Names timed_numbers = {"iteration_time",
                             "val_iteration_time",
                             "samples_per_second",
                             "data_wait_share",
                             "data_wait_time",
                             "elapsed_seconds",
                             "cpu_percent",
                             "process_cpu_percent",
                             "rss_mib",
                             "memory_percent",
                             "swap_percent",
                             "disk_percent",
                             "heap_returned_bytes",
                             "gpu0_percent",
                             "gpu0_memory_percent",
                             "garbage_collected_bytes",
                             "gpu0_celsius"};
const Names keepers_of_numbers = {"html_report", "csv_logger"};  // the latter: columns, in the order of their first values
const Names files_with_all_numbers = {"report.html"};
const Names states_with_dates = {"email"};  // a mail that waits has one

bool has(const Names& names, const std::string& name) { return names.count(name) > 0; }

std::string manifest_of_all(bool with_timed_ones) {
  std::string manifest = small_manifest("[[callback]]\nplugin = 'slow_sleeper'\nmilliseconds = 2\n");
  std::vector<fs::path> folders;
  for (const auto& entry : fs::directory_iterator(SOURCE_FOLDER "/plugins/callbacks")) folders.push_back(entry.path());
  std::sort(folders.begin(), folders.end());
  for (const fs::path& folder : folders) {
    const std::string id = folder.filename();
    const bool runs = fs::exists(folder / "example.toml") && fs::exists(fs::path(PLUGINS) / "callbacks" / (id + ".so"));
    if (runs && (with_timed_ones || !has(timed_callbacks, id))) manifest += read_text(folder / "example.toml");
  }
  return manifest;
}

/// A JSON object without the timed numbers.
json without_times(json object) {
  for (const std::string& name : timed_numbers) object.erase(name);
  return object;
}

/// Header and rows of a CSV file without the timed columns. Nothing in it is quoted.
std::string csv_without_times(const std::string& text) {
  std::string result;
  std::vector<bool> kept;
  for (const std::string& line : lines(text)) {
    std::istringstream fields(line + ",");
    std::string field;
    for (std::size_t column = 0; std::getline(fields, field, ','); ++column) {
      if (column == kept.size()) kept.push_back(!has(timed_numbers, field));
      if (kept[column]) result += field + ",";
    }
    result += "\n";
  }
  return result;
}

std::string jsonl_without_times(const std::string& text) {
  std::string result;
  for (const std::string& line : lines(text)) result += without_times(json::parse(line)).dump() + "\n";
  return result;
}

/// Tensors and metadata of a safetensors file without timed states and numbers, as text to be compared.
std::map<std::string, std::string> tensors_without_times(const std::string& bytes, bool with_timed_ones) {
  std::uint64_t size = 0;
  std::memcpy(&size, bytes.data(), sizeof size);
  const json header = json::parse(bytes.substr(8, size));
  std::map<std::string, std::string> tensors;
  for (const auto& [name, facts] : header.items()) {
    const std::string who = name.substr(name.rfind('/') + 1);
    const bool is_state = name.rfind("treino.plugin/callback/", 0) == 0;
    const bool keeps_times = with_timed_ones && (has(timed_callbacks, who) || has(keepers_of_numbers, who));
    if (is_state && (keeps_times || has(states_with_dates, who))) continue;
    if (name != "__metadata__") {
      const std::uint64_t begin = facts["data_offsets"][0], end = facts["data_offsets"][1];
      tensors[name] = facts["dtype"].dump() + facts["shape"].dump() + bytes.substr(8 + size + begin, end - begin);
      continue;
    }
    for (const auto& [key, value] : facts.items()) {
      if (key == "treino.checksum") continue;  // of all of it
      json content = json::parse(value.get<std::string>(), nullptr, false);
      if (key == "treino.state") {
        content["scalars"] = without_times(content["scalars"]);
        // Where the learning rate was asked for last: a run that is resumed at its end asks once more.
        for (const char* position : {"step", "epoch"}) content["schedule"].erase(position);
      }
      tensors["metadata " + key] = content.is_discarded() ? value.get<std::string>() : content.dump();
    }
  }
  return tensors;
}

void check_same_tensors(const std::string& reference, const std::string& found, bool with_timed_ones) {
  const auto expected = tensors_without_times(reference, with_timed_ones),
             tensors = tensors_without_times(found, with_timed_ones);
  for (const auto& [name, bytes] : expected) {
    INFO(name);
    REQUIRE(tensors.count(name) == 1);
    const json left = json::parse(bytes, nullptr, false), right = json::parse(tensors.at(name), nullptr, false);
    INFO((left.is_object() && right.is_object() ? json::diff(left, right).dump() : "bytes"));
    CHECK((tensors.at(name) == bytes));
  }
  CHECK(tensors.size() == expected.size());
}

/// What all_files gives, without the timed ones.
std::map<std::string, std::string> comparable_files(const fs::path& run, bool with_timed_ones) {
  std::map<std::string, std::string> files = all_files(run);
  for (auto file = files.begin(); file != files.end();) {
    const std::string first = fs::path(file->first).begin()->string();
    const bool left_out = has(timed_files, first) || (with_timed_ones && has(files_with_all_numbers, first));
    file = left_out ? files.erase(file) : std::next(file);
  }
  return files;
}

void check_same_files(const fs::path& reference, const fs::path& run, bool with_timed_ones) {
  const auto expected = comparable_files(reference, with_timed_ones), found = comparable_files(run, with_timed_ones);
  for (const auto& [name, bytes] : found) {
    INFO("not in the reference: " << name);
    CHECK(expected.count(name) == 1);
  }
  for (const auto& [name, bytes] : expected) {
    INFO(run / name);
    REQUIRE(found.count(name) == 1);
    const std::string& other = found.at(name);
    if (name == "summary.json") {
      const json left = json::parse(bytes), right = json::parse(other);
      CHECK(without_times(left["scalars"]) == without_times(right["scalars"]));
      CHECK(left["outcome"] == right["outcome"]);
      CHECK(left["reason"] == right["reason"]);
    } else if (fs::path(name).extension() == ".safetensors" && bytes != other) {
      check_same_tensors(bytes, other, with_timed_ones);
    } else if (with_timed_ones && name == "history.csv") {
      CHECK(csv_without_times(bytes) == csv_without_times(other));
    } else if (with_timed_ones && name == "history.jsonl") {
      CHECK(jsonl_without_times(bytes) == jsonl_without_times(other));
    } else {
      CHECK((bytes == other));  // in brackets: the bytes are not for the screen
    }
  }
}

/// Starts the command and kills it so long after it has made its folder; true where it was still running.
bool kill_after(const ProcessOptions& command, const fs::path& manifest, std::chrono::duration<double> delay) {
  Process process(command);
  wait_for(process, manifest);
  const auto end = Clock::now() + delay;
  while (Clock::now() < end && process.running()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  process.send(SIGKILL);
  return process.wait().signal == SIGKILL;
}

void check_killed_runs(bool with_timed_ones) {
  const Workshop workshop;
  const std::vector<std::string> more = {
      "--set", "run.epochs=5", "--set", "data.batch_size=32", "--set", "callback.html_report.times=false"};
  const std::string manifest = manifest_of_all(with_timed_ones);
  const auto begin = Clock::now();
  const Finished whole_run = workshop.run(manifest, "reference", more);
  INFO(whole_run.output << whole_run.error);
  REQUIRE(whole_run.exit_code == kDone);
  const std::chrono::duration<double> whole = Clock::now() - begin;
  std::random_device device;
  int killed = 0;
  for (int i = 0; i < 6; ++i) {
    const double moment = (i + 1.0 * device() / device.max()) / 6;
    const std::string name = "killed_" + std::to_string(i);
    const fs::path folder = workshop / name;
    CAPTURE(moment, whole.count());
    std::vector<std::string> arguments = {"run", workshop / "reference.toml", "--folder", folder, "--quiet"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    killed += kill_after(workshop.command(arguments), folder / "manifest.toml", moment * whole);
    if (i % 2 == 1)
      killed += kill_after(workshop.command({"resume", folder, "--quiet"}), folder / "manifest.toml", 0.6 * (1 - moment) * whole);
    const Finished resumed = workshop.treino({"resume", folder});
    INFO(resumed.output << resumed.error);
    CHECK(resumed.exit_code == kDone);
    check_same_files(workshop / "reference", folder, with_timed_ones);
  }
  CHECK(killed >= 4);  // the last ones may come too late where the machine has become faster
}

}  // namespace

TEST_CASE("all callbacks together, killed at any moment, even twice, resume to the same bytes but for what carries times") {
  check_killed_runs(true);
}

TEST_CASE("a run that continues from an epoch's last step logs that step's learning rate at the epoch's end") {
  const Workshop workshop;
  const std::string manifest = small_manifest(
      "[[scheduler]]\nplugin = 'exponential_decay'\ngamma = 0.9\nunit = 'step'\n"
      "[[callback]]\nplugin = 'jsonl_logger'\nfilename = 'history.jsonl'\n"
      "[[callback]]\nplugin = 'snapshot_saver'\ndirpath = 'snapshots'\nsave_every_n_train_steps = 40\n");
  REQUIRE(workshop.run(manifest, "reference").exit_code == kDone);
  fs::copy(workshop / "reference", workshop / "run", fs::copy_options::recursive);
  for (const char* later :
       {"checkpoint.safetensors", "snapshots/epoch_1_step_80.safetensors", "snapshots/epoch_2_step_120.safetensors"})
    REQUIRE(fs::remove(workshop / "run" / later));
  const Finished resumed = workshop.treino({"resume", workshop / "run"});
  CHECK(contains(resumed.output, "epoch_0_step_40"));
  CHECK(read_text(workshop / "run" / "history.jsonl") == read_text(workshop / "reference" / "history.jsonl"));
}

TEST_CASE("without callbacks that measure the machine, the files that hold all scalars are the same too") {
  check_killed_runs(false);
}
