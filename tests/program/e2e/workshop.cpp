// A folder with a manifest and its data, and the program run in it.
#include "workshop.hpp"

#include <csignal>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

namespace treino::test {

namespace {

const std::string digits_data =
    "[data]\ntrain = { file = '" SOURCE_FOLDER
    "/examples/data/digits.csv.gz', target = -1, target_kind = 'index', validation = 0.1, test = 0.2 }\n"
    "stratified = true\nscale = 0.0625\nbatch_size = 32\n";

}  // namespace

std::string small_manifest(const std::string& more) {
  return "[run]\nname = 'small'\nseed = 3\nepochs = 3\n" + digits_data + R"(
[model]
layers = [ { type = "dense", units = 24 }, { type = "relu" }, { type = "dense", units = 10 } ]
[optimizer]
plugin = "adam"
learning_rate = 2e-3
[loss]
plugin = "cross_entropy"
[[metric]]
plugin = "accuracy"
)" + more;
}

std::string stateful_manifest(int accumulate) {
  return "[run]\nname = 'stateful'\nseed = 11\nepochs = 8\naccumulate = " + std::to_string(accumulate) + "\n" + digits_data +
         R"(class_weights = "balanced"
[model]
layers = [
  { type = "dense", units = 32 }, { type = "batch_norm" }, { type = "relu" }, { type = "dropout", rate = 0.3 },
  { type = "dense", units = 10 },
]
[optimizer]
plugin = "sgd"
learning_rate = 0.05
momentum = 0.9
[loss]
plugin = "cross_entropy"
[[metric]]
plugin = "accuracy"
[[metric]]
plugin = "f1"
[[scheduler]]
plugin = "cyclical"
min = 0.01
step_size_up = 15
[[scheduler]]
plugin = "exponential_decay"
gamma = 0.95
[[callback]]
plugin = "early_stopping"
monitor = "val_loss"
patience = 7
restore_best_weights = true
[[callback]]
plugin = "reduce_lr_on_plateau"
monitor = "val_loss"
patience = 1
factor = 0.5
[[callback]]
plugin = "model_checkpoint"
filepath = "best.safetensors"
monitor = "val_accuracy"
save_best_only = true
save_weights_only = true
[[callback]]
plugin = "backup_and_restore"
backup_dir = "backup"
save_freq = 7
delete_checkpoint = false
[[callback]]
plugin = "csv_logger"
filename = "history.csv"
[[callback]]
plugin = "slow_sleeper"
milliseconds = 1
)";
}

fs::path Workshop::write(const std::string& name, const std::string& text) const {
  write_text(folder_ / name, text);
  return folder_ / name;
}

ProcessOptions Workshop::command(std::vector<std::string> arguments) const {
  ProcessOptions options;
  if (!arguments.empty() && (arguments[0] == "run" || arguments[0] == "resume"))
    arguments.insert(arguments.begin() + 1, "--exit-outcome");
  options.arguments = std::move(arguments);
  options.arguments.insert(options.arguments.begin(), TREINO);
  options.folder = folder_.path();
  // Without a place for the key that signs runs, every folder is from elsewhere, and nothing is left in the home of who runs the
  // tests.
  options.environment = {{"TREINO_PLUGIN_PATH", E2E_PLUGINS}, {"XDG_STATE_HOME", "/dev/null/none"}};
  return options;
}

Finished Workshop::run(const std::string& manifest, const std::string& name, std::vector<std::string> more) const {
  std::vector<std::string> arguments = {"run", write(name + ".toml", manifest), "--folder", folder_ / name};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return treino(arguments);
}

std::string fact(const fs::path& run, const std::string& pointer) {
  return nlohmann::json::parse(read_text(run / "summary.json")).at(nlohmann::json::json_pointer(pointer)).dump();
}

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> result;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) result.push_back(line);
  return result;
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::map<std::string, std::string> all_files(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) files[fs::relative(entry.path(), folder)] = read_text(entry.path());
  return files;
}

void check_same_run(const fs::path& reference, const fs::path& run) {
  for (const char* name : {"model.safetensors", "best.safetensors", "history.csv"}) {
    INFO(run / name);
    REQUIRE(fs::exists(reference / name));
    REQUIRE(fs::exists(run / name));
    CHECK((read_text(reference / name) == read_text(run / name)));  // in brackets: the bytes are not for the screen
  }
  CHECK(fact(reference, "/scalars") == fact(run, "/scalars"));
  CHECK(fact(reference, "/outcome") == fact(run, "/outcome"));
  CHECK(fact(reference, "/reason") == fact(run, "/reason"));
}

bool wait_for(Process& process, const fs::path& file, std::uintmax_t size) {
  std::error_code error;
  while (process.running()) {
    if (const auto found = fs::file_size(file, error); !error && found >= size) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return false;
}

std::string value_of(const std::string& table, const std::string& name) {
  for (const std::string& line : lines(table))
    if (line.rfind(name + " ", 0) == 0) return line.substr(line.find_last_of(' ') + 1);
  return "";
}

Finished interrupt(const Workshop& workshop, const std::string& name, const std::vector<int>& signals) {
  Process process(workshop.command({"run", workshop / "reference.toml", "--folder", workshop / name}));
  while (process.running() && lines(read_text(workshop / (name + "/history.csv"))).size() < 3)
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  REQUIRE(process.running());
  for (const int signal : signals) {
    process.send(signal);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return process.wait();
}

void cut_off(const Workshop& workshop, const std::string& manifest, const std::string& name) {
  Process process(workshop.command({"run", workshop.write(name + ".toml", manifest), "--folder", workshop / name}));
  while (process.running() && lines(read_text(workshop / (name + "/history.csv"))).size() < 3)
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  REQUIRE(process.running());
  process.send(SIGKILL);
  process.wait();
}

std::string everything(const fs::path& folder) {
  std::string text;
  for (const auto& file : all_files(folder)) text += file.second;
  return text;
}

}  // namespace treino::test
