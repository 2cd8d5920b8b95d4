// Every callback runs as its example says, alone and beside every other. A callback is what has a folder under plugins/callbacks.
#include <algorithm>
#include <memory>

#include "workshop.hpp"

using namespace treino::test;

namespace {

// Under a sanitizer a run takes ten times as long: of the pairs only so many, other ones for each callback.
#ifdef TREINO_FEW_COMBINATIONS
constexpr std::size_t one_pair_in = 11;
#else
constexpr std::size_t one_pair_in = 1;
#endif

const fs::path callbacks = fs::path(SOURCE_FOLDER) / "plugins" / "callbacks";

/// Those with an example and a library; the others are named.
std::vector<std::string> callbacks_with_examples() {
  std::vector<std::string> ids;
  for (const auto& entry : fs::directory_iterator(callbacks)) {
    const std::string id = entry.path().filename();
    const bool built = fs::exists(fs::path(PLUGINS) / "callbacks" / (id + ".so"));
    if (!built || !fs::exists(entry.path() / "example.toml"))
      WARN("plugins/callbacks/" + id + (built ? " has no example.toml" : " is not built") + "; it is left out here");
    else
      ids.push_back(id);
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

std::string example(const std::string& id) { return read_text(callbacks / id / "example.toml"); }

/// A hundred digits, two epochs of two batches, and a validation: enough for every event.
std::string tiny_manifest(const Workshop& workshop) {
  if (!fs::exists(workshop / "digits.csv")) {
    ProcessOptions unpack;
    unpack.arguments = {"gzip", "-dc", SOURCE_FOLDER "/examples/data/digits.csv.gz"};
    const Finished all = run_process(unpack);
    std::string some;
    const std::vector<std::string> rows = lines(all.output);
    REQUIRE(rows.size() > 100);
    for (std::size_t i = 0; i < 100; ++i) some += rows[i] + "\n";
    workshop.write("digits.csv", some);
  }
  return R"(
[run]
name = 'tiny'
seed = 3
epochs = 2
threads = 1
[data]
train = { file = 'digits.csv', target = -1, target_kind = 'index', validation = 0.2 }
scale = 0.0625
batch_size = 40
[model]
layers = [ { type = "dense", units = 8 }, { type = "batch_norm" }, { type = "relu" }, { type = "dense", units = 10 } ]
[optimizer]
plugin = "adam"
learning_rate = 2e-3
[loss]
plugin = "cross_entropy"
[[metric]]
plugin = "accuracy"
)";
}

/// Runs of the program, two at a time.
class Runs {
 public:
  explicit Runs(const Workshop& workshop) : workshop_(workshop) {}
  ~Runs() { finish(0); }
  void start(const std::string& name, const std::string& manifest) {
    finish(1);
    const std::vector<std::string> arguments = {"run", workshop_.write(name + ".toml", manifest), "--folder", workshop_ / name};
    running_.push_back({name, std::make_unique<Process>(workshop_.command(arguments))});
  }
  void finish(std::size_t left) {
    for (; running_.size() > left; running_.erase(running_.begin())) check(running_.front());
  }

 private:
  struct Run {
    std::string name;
    std::unique_ptr<Process> process;
  };
  void check(Run& run) {
    const Finished finished = run.process->wait();
    INFO(run.name << "\n" << finished.output << finished.error);
    CHECK(finished.exit_code == kDone);
    CHECK_FALSE(contains(finished.output, "disabled"));  // put aside after a failure
    CHECK(fs::exists(workshop_ / (run.name + "/model.safetensors")));
    fs::remove_all(workshop_ / run.name);
  }
  const Workshop& workshop_;
  std::vector<Run> running_;
};

}  // namespace

TEST_CASE("every callback's example runs on digits") {
  const Workshop workshop;
  Runs runs(workshop);
  for (const std::string& id : callbacks_with_examples()) runs.start(id, small_manifest(example(id)));
}

TEST_CASE("every two callbacks run together") {
  const Workshop workshop;
  const std::string manifest = tiny_manifest(workshop);
  const std::vector<std::string> ids = callbacks_with_examples();
  REQUIRE(ids.size() > 1);
  Runs runs(workshop);
  for (std::size_t i = 0; i < ids.size(); ++i)
    for (std::size_t j = i + 1; j < ids.size(); ++j)
      if ((i + j) % one_pair_in == 0) runs.start(ids[i] + "-and-" + ids[j], manifest + example(ids[i]) + example(ids[j]));
}

TEST_CASE("all callbacks run together, in both orders") {
  const Workshop workshop;
  std::vector<std::string> ids = callbacks_with_examples();
  Runs runs(workshop);
  for (const char* name : {"forwards", "backwards"}) {
    std::string manifest = tiny_manifest(workshop);
    for (const std::string& id : ids) manifest += example(id);
    runs.start(name, manifest);
    std::reverse(ids.begin(), ids.end());
  }
}
