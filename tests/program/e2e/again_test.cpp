// Runs that failed, were damaged, or are resumed with other settings.
#include <sys/mount.h>

#include <csignal>
#include <random>
#include <thread>
#include <tuple>

#include "workshop.hpp"

using namespace treino::test;

namespace {

std::string callback(const std::string& plugin, const std::string& more = "") {
  return "[[callback]]\nplugin = '" + plugin + "'\n" + more;
}

/// A file system of a few kilobytes. `ready` is false where this user may not mount one.
class SmallDisk {
 public:
  SmallDisk(const fs::path& folder, const std::string& options) : folder_(folder) {
    fs::create_directories(folder);
    ready = mount("tmpfs", folder.c_str(), "tmpfs", 0, options.c_str()) == 0;
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk() {
    if (ready) umount(folder_.c_str());
  }
  bool ready = false;

 private:
  fs::path folder_;
};

/// The last learning rates in the log, one per epoch.
std::vector<double> rates(const fs::path& run) {
  std::vector<double> result;
  for (const std::string& line : lines(read_text(run / "log.jsonl"))) {
    if (!contains(line, "\"type\":\"epoch\"")) continue;
    const std::string key = "\"learning_rate\":";
    result.push_back(std::stod(line.substr(line.find(key) + key.size())));
  }
  return result;
}

/// Ends of a file cut off, so that it is damaged.
void damage(const fs::path& file) { fs::resize_file(file, fs::file_size(file) / 2); }

}  // namespace

TEST_CASE("what made a run fail is not part of what it resumes from") {
  const Workshop workshop;
  const std::string backup = callback("backup_and_restore", "backup_dir = 'backup'\n");
  const auto failing = [&](const char* name) {
    return backup + "[[callback]]\nplugin = 'lambda'\nname = 'watch'\non_epoch_end = \"if epoch == 1 then error('" + name +
           "') end\"\n";
  };
  REQUIRE(workshop.run(small_manifest(backup), "reference").exit_code == kDone);
  REQUIRE(workshop.run(small_manifest(failing("once")), "run").exit_code == kFailed);
  const Finished resumed = workshop.treino({"resume", workshop / "run", "--set", "callback.watch.on_epoch_end=local x = 1"});
  INFO(resumed.output << resumed.error);
  CHECK(resumed.exit_code == kDone);
  CHECK((read_text(workshop / "run/model.safetensors") == read_text(workshop / "reference/model.safetensors")));
  CHECK_FALSE(fs::exists(workshop / "run/backup"));
}

TEST_CASE("a folder that could not be written for a while does not keep a run from continuing") {
  const Workshop workshop;
  const std::string backup = callback("backup_and_restore", "backup_dir = 'backup'\n");
  const std::string files =
      callback("model_checkpoint", "filepath = '" + (workshop / "files").string() + "/{epoch}.safetensors'\n");
  write_text(workshop / "files", "not a folder");
  const Finished finished = workshop.run(small_manifest(backup + files), "run");
  INFO(finished.output << finished.error);
  REQUIRE(finished.exit_code == kFailed);
  fs::remove(workshop / "files");
  const Finished resumed = workshop.treino({"resume", workshop / "run", "--trust"});  // writes beyond the run's folder
  INFO(resumed.output << resumed.error);
  CHECK(resumed.exit_code == kDone);
}

TEST_CASE("a run whose checkpoint finds no room on the disk has failed, and says what is there and what is not") {
  const Workshop workshop;
  const SmallDisk disk(workshop / "disk", "size=64k");
  if (!disk.ready) {
    WARN("not run: it takes the right to mount a file system");
    return;
  }
  // The model has 8 kB of weights; Adam's state makes the checkpoint three times that. The ballast leaves room for the one only,
  // or for neither.
  for (const int kilobytes : {24, 44}) {
    fs::remove_all(workshop / "disk/run");
    write_text(workshop / "disk/ballast", std::string(static_cast<std::size_t>(kilobytes) * 1024, '.'));
    const Finished finished = workshop.run(small_manifest(), "disk/run");
    INFO(kilobytes << finished.output << finished.error);
    CHECK(finished.exit_code == kFailed);
    CHECK(contains(finished.error,
                   "all 3 epochs are done; the run's checkpoint is not saved: " + (workshop / "disk/run").string()));
    CHECK(contains(finished.error, "No space left on device"));
    CHECK((contains(finished.error, "the model is saved: ") == fs::exists(workshop / "disk/run/model.safetensors")));
    CHECK((contains(finished.error, "the model is not saved: ") != fs::exists(workshop / "disk/run/model.safetensors")));
    if (kilobytes == 24) CHECK(fs::exists(workshop / "disk/run/model.safetensors"));
    if (kilobytes == 24) CHECK(fact(workshop / "disk/run", "/outcome") == "\"failed\"");
  }
}

TEST_CASE("where every checkpoint is damaged a resume names them and begins again only when asked to") {
  const Workshop workshop;
  const std::string backup = callback("backup_and_restore", "backup_dir = 'backup'\ndelete_checkpoint = false\n");
  REQUIRE(workshop.run(small_manifest(backup), "reference").exit_code == kDone);
  fs::copy(workshop / "reference", workshop / "run", fs::copy_options::recursive);
  for (const char* name : {"run/checkpoint.safetensors", "run/backup/backup.safetensors"}) damage(workshop / name);
  const auto before = all_files(workshop / "run");
  const Finished refused = workshop.treino({"resume", workshop / "run"});
  INFO(refused.error);
  CHECK(refused.exit_code == kFailed);
  for (const char* name : {"run/checkpoint.safetensors", "run/backup/backup.safetensors"})
    CHECK(contains(refused.error, (workshop / name).string() + ": "));
  CHECK(contains(refused.error, "--restart"));
  CHECK((read_text(workshop / "run/model.safetensors") == before.at("model.safetensors")));
  const Finished again = workshop.treino({"resume", workshop / "run", "--restart"});
  INFO(again.output << again.error);
  CHECK(again.exit_code == kDone);
  CHECK((read_text(workshop / "run/model.safetensors") == before.at("model.safetensors")));
}

TEST_CASE("plugins.json is written by resume where it is missing, and a plugin that is another file now is named") {
  const Workshop workshop;
  REQUIRE(workshop.run(small_manifest(), "run").exit_code == kDone);
  const std::string recorded = read_text(workshop / "run/plugins.json");
  fs::remove(workshop / "run/plugins.json");
  CHECK(workshop.treino({"resume", workshop / "run", "--set", "run.epochs=4"}).exit_code == kDone);
  CHECK(read_text(workshop / "run/plugins.json") == recorded);
  std::string other = recorded;
  const std::size_t at = other.find("\"sha256\": \"") + 11;
  other.replace(at, 8, other.compare(at, 8, "00000000") == 0 ? "11111111" : "00000000");
  write_text(workshop / "run/plugins.json", other);
  const Finished finished = workshop.treino({"resume", workshop / "run", "--set", "run.epochs=5"});
  INFO(finished.output);
  CHECK(contains(finished.output, "warning: cross_entropy: "));
  CHECK(contains(finished.output, "another plugin than the run has used so far"));
}

TEST_CASE("whatever a run that was killed at its start has left, `run --folder` or `resume` takes it") {
  const Workshop workshop;
  const fs::path manifest = workshop.write("run.toml", small_manifest());
  REQUIRE(workshop.treino({"run", manifest, "--folder", workshop / "whole"}).exit_code == kDone);
  const auto whole = all_files(workshop / "whole");
  // The states in the order in which a run makes them.
  const std::vector<std::vector<std::string>> states = {{},
                                                        {"lock"},
                                                        {"lock", "log.jsonl"},
                                                        {"lock", "log.jsonl", ".manifest.toml.treino-1-2-3.tmp"},
                                                        {"lock", "log.jsonl", "manifest.toml"},
                                                        {"lock", "log.jsonl", "manifest.toml", ".plugins.json.treino-1-2-3.tmp"},
                                                        {"lock", "log.jsonl", "manifest.toml", "plugins.json"},
                                                        {"lock", "plugins.json"}};
  for (std::size_t i = 0; i < states.size(); ++i) {
    CAPTURE(i);
    const std::string name = "state_" + std::to_string(i);
    fs::create_directory(workshop / name);
    bool begun = false;
    for (const std::string& file : states[i]) {
      write_text(workshop / (name + "/" + file), whole.count(file) > 0 && file != "log.jsonl" ? whole.at(file) : "");
      begun = begun || file == "manifest.toml";
    }
    const Finished finished =
        begun ? workshop.treino({"resume", workshop / name}) : workshop.treino({"run", manifest, "--folder", workshop / name});
    INFO(finished.output << finished.error);
    CHECK(finished.exit_code == kDone);
    CHECK((read_text(workshop / (name + "/model.safetensors")) == whole.at("model.safetensors")));
    CHECK(fs::exists(workshop / (name + "/plugins.json")));
    CHECK_FALSE(contains(all_files(workshop / name).begin()->first, ".tmp"));
  }
}

TEST_CASE("a run killed at any of its first milliseconds leaves a folder that one of the two takes") {
  const Workshop workshop;
  const fs::path manifest = workshop.write("run.toml", small_manifest());
  std::mt19937 random(7);
  for (int i = 0; i < 25; ++i) {
    const std::string name = "run_" + std::to_string(i);
    {
      Process process(workshop.command({"run", manifest, "--folder", workshop / name, "--quiet"}));
      while (process.running() && !fs::exists(workshop / name)) std::this_thread::yield();
      std::this_thread::sleep_for(std::chrono::microseconds(random() % 8000));
      process.send(SIGKILL);
      process.wait();
    }
    const bool begun = fs::exists(workshop / (name + "/manifest.toml"));
    const Finished finished =
        begun ? workshop.treino({"resume", workshop / name}) : workshop.treino({"run", manifest, "--folder", workshop / name});
    INFO(i << finished.output << finished.error);
    CHECK(finished.exit_code == kDone);
  }
}

TEST_CASE("a folder with files of the user's own is not taken for a run that was cut off") {
  const Workshop workshop;
  for (const std::string file : {"log.jsonl", "notes.txt"}) {
    fs::create_directory(workshop / "own");
    write_text(workshop / "own/" / file, "mine");
    const Finished finished = workshop.run(small_manifest(), "own");
    CHECK(finished.exit_code == kFailed);
    CHECK(contains(finished.error, "is there already"));
    CHECK(read_text(workshop / "own" / file) == "mine");
    fs::remove_all(workshop / "own");
  }
}

TEST_CASE("a learning rate given to resume is in force, and stays so for the next resume") {
  const Workshop workshop;
  REQUIRE(workshop.run(small_manifest(), "run").exit_code == kDone);
  const Finished finished =
      workshop.treino({"resume", workshop / "run", "--set", "run.epochs=4", "--set", "optimizer.learning_rate=0.0005"});
  INFO(finished.output << finished.error);
  CHECK(contains(finished.output, "the manifest said 0.002 before"));
  CHECK(workshop.treino({"resume", workshop / "run", "--set", "run.epochs=5"}).exit_code == kDone);
  CHECK(rates(workshop / "run") == std::vector<double>{0.002, 0.002, 0.002, 0.0005, 0.0005});
}

TEST_CASE("a learning rate that a callback has set continues, unless the manifest's is changed") {
  const Workshop workshop;
  const std::string halving = callback("learning_rate_scheduler", "schedule = 'lr / 2'\n");
  REQUIRE(workshop.run(small_manifest(halving), "run").exit_code == kDone);  // 1e-3, 5e-4, 2.5e-4
  REQUIRE(workshop.treino({"resume", workshop / "run", "--set", "run.epochs=4"}).exit_code == kDone);
  REQUIRE(workshop.treino({"resume", workshop / "run", "--set", "run.epochs=5", "--set", "optimizer.learning_rate=0.008"})
              .exit_code == kDone);
  CHECK(rates(workshop / "run") == std::vector<double>{0.001, 0.0005, 0.00025, 0.000125, 0.004});
}

TEST_CASE("what stopped a run decides again where its parameters are changed") {
  const Workshop workshop;
  const std::string stopping = callback("early_stopping", "monitor = 'val_loss'\npatience = 2\nmin_delta = 100.0\n");
  REQUIRE(workshop.run(small_manifest(stopping), "run", {"--set", "run.epochs=20"}).exit_code == kEarlyStopped);
  CHECK(rates(workshop / "run").size() == 3);
  CHECK(workshop.treino({"resume", workshop / "run"}).exit_code == kEarlyStopped);
  CHECK(rates(workshop / "run").size() == 3);
  const Finished finished = workshop.treino({"resume", workshop / "run", "--set", "callback.early_stopping.patience=5"});
  INFO(finished.output << finished.error);
  CHECK(finished.exit_code == kEarlyStopped);
  CHECK(rates(workshop / "run").size() == 6);
}

TEST_CASE("settings that a resumed run cannot change are refused with their name, and nothing is touched") {
  const Workshop workshop;
  REQUIRE(workshop.run(small_manifest(), "run").exit_code == kDone);
  const auto before = all_files(workshop / "run");
  const std::vector<std::pair<std::string, std::string>> changes = {
      {"run.seed=4", "run.seed cannot change when a run is resumed: it was 3, and 4 is given"},
      {"model.layers.0.units=25", "has shape"},
      {"model.layers.1.type=tanh", "model.layers cannot change"},
      {"data.train.validation=0.2", "data.train.validation cannot change when a run is resumed: it was 0.1, and 0.2 is given"},
      {"data.stratified=false", "data.stratified cannot change"},
      {"data.scale=0.125", "data.scaling cannot change"}};
  for (const auto& [setting, text] : changes) {
    const Finished finished = workshop.treino({"resume", workshop / "run", "--set", "run.epochs=5", "--set", setting});
    INFO(setting << finished.output << finished.error);
    CHECK((finished.exit_code == kFailed || finished.exit_code == kBadInput));
    CHECK(contains(finished.error, text));
    for (const char* name : {"manifest.toml", "model.safetensors", "checkpoint.safetensors"})
      CHECK((read_text(workshop / "run" / name) == before.at(name)));
  }
}

TEST_CASE("samples per batch change between epochs, and are refused in the middle of one") {
  const Workshop workshop;
  REQUIRE(workshop.run(small_manifest(), "run").exit_code == kDone);
  CHECK(workshop.treino({"resume", workshop / "run", "--set", "run.epochs=4", "--set", "data.batch_size=64"}).exit_code == kDone);
  Process process(workshop.command(
      {"run", workshop.write("slow.toml", small_manifest(callback("slow_sleeper"))), "--folder", workshop / "cut"}));
  REQUIRE(wait_for(process, workshop / "cut/plugins.json"));
  std::this_thread::sleep_for(std::chrono::milliseconds(150));
  process.send(SIGINT);
  const Finished cut = process.wait();
  if (cut.exit_code != kInterrupted) return;  // too early or too late
  const Finished finished = workshop.treino({"resume", workshop / "cut", "--set", "data.batch_size=64"});
  INFO(finished.error);
  if (finished.exit_code == kDone) return;  // just between two epochs
  CHECK((finished.exit_code == kFailed || finished.exit_code == kBadInput));
  CHECK(contains(finished.error, "data.batch_size cannot change in the middle of an epoch: it was 32, and 64 is given"));
}

TEST_CASE("a schedule that jumps because the run is made longer is named") {
  const Workshop workshop;
  REQUIRE(workshop.run(small_manifest("[[scheduler]]\nplugin = 'one_cycle'\nmax_lr = 0.01\n"), "run").exit_code == kDone);
  const Finished finished = workshop.treino({"resume", workshop / "run", "--set", "run.epochs=5"});
  INFO(finished.output << finished.error);
  CHECK(contains(finished.output, "warning: one_cycle: gives the learning rate "));
}

TEST_CASE(
    "bars and lines show the loss, the metrics and the learning rate, and what callbacks log only where `show` asks for it") {
  const Workshop workshop;
  const std::string logs =
      "[[callback]]\nplugin = 'lambda'\nscalars = ['gap', 'other']\non_epoch_end = \"log_scalar('gap', 2) log_scalar('other', "
      "3)\"\n";
  CHECK(contains(workshop.run(small_manifest(logs), "plain").output, "  learning_rate 0.0"));
  CHECK_FALSE(contains(workshop.run(small_manifest(logs), "again").output, "gap"));
  for (const auto& [bar, gap, rate] : {std::tuple("progbar_logger", " - gap: 2.0000", " - learning_rate: "),
                                       std::tuple("tqdm_progress_bar", ", gap=2", ", learning_rate=")}) {
    INFO(bar);
    const std::string drawn = logs + "[[callback]]\nplugin = '" + std::string(bar) + "'\n";
    const std::string usual = workshop.run(small_manifest(drawn), std::string(bar)).output;
    INFO(usual);
    CHECK(contains(usual, "val_accuracy"));
    CHECK(contains(usual, rate));
    CHECK_FALSE(contains(usual, gap));
    const std::string asked = workshop.run(small_manifest(drawn + "show = ['g*']\n"), std::string(bar) + "_shown").output;
    INFO(asked);
    CHECK(contains(asked, gap));
    CHECK_FALSE(contains(asked, "other"));
  }
}

TEST_CASE("a run shows a line per epoch, and its best epoch at the end, unless a callback draws progress or it is quiet") {
  const Workshop workshop;
  const std::string bare = workshop.run(small_manifest(), "bare").output;
  INFO(bare);
  for (const char* epoch :
       {"\nepoch 1/3: loss ", "\nepoch 2/3: loss ", "\nepoch 3/3: loss ", "\nlast epoch 3: loss ", "\nbest epoch "})
    CHECK(contains(bare, epoch));
  CHECK(contains(bare, "  val_accuracy "));
  CHECK(contains(bare, " (lowest val_loss)"));
  CHECK_FALSE(contains(workshop.run(small_manifest(callback("progbar_logger")), "drawn").output, "epoch 1/3: loss "));
  CHECK(workshop.run(small_manifest(), "quiet", {"--set", "run.quiet=true"}).output.empty());
  // The lowest of the validation losses in the log is the best.
  double lowest = 1e9;
  int best = 0, epoch = 0;
  for (const std::string& line : lines(read_text(workshop / "bare/log.jsonl"))) {
    if (!contains(line, "\"type\":\"epoch\"")) continue;
    ++epoch;
    const double loss = std::stod(line.substr(line.find("\"val_loss\":") + 11));
    if (loss < lowest) lowest = loss, best = epoch;
  }
  CHECK(fact(workshop / "bare", "/best/epoch") == std::to_string(best));
  CHECK(fact(workshop / "bare", "/best/lowest") == "\"val_loss\"");
  CHECK(std::stod(fact(workshop / "bare", "/best/scalars/val_loss")) == lowest);
  CHECK(fact(workshop / "bare", "/epochs") == "3");
}
