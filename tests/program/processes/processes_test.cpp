// Runs of several processes on one machine: the same bits on any number of them, whatever happens to them.
#include <algorithm>
#include <csignal>
#include <fstream>
#include <random>
#include <set>
#include <thread>

#include "many_processes.hpp"

using namespace treino::test;

namespace {

/// The processes below `parent` that run the program itself.
std::vector<pid_t> ranks_of(pid_t parent) {
  std::vector<pid_t> found;
  std::ifstream children("/proc/" + std::to_string(parent) + "/task/" + std::to_string(parent) + "/children");
  for (pid_t child; children >> child;) {
    std::ifstream name("/proc/" + std::to_string(child) + "/comm");
    std::string text;
    if (std::getline(name, text) && text == "treino") found.push_back(child);
    for (const pid_t below : ranks_of(child)) found.push_back(below);
  }
  return found;
}

/// Until none of them is alive: mpirun may end before those that it has asked to end.
void wait_until_gone(const std::vector<pid_t>& ranks) {
  const auto is_alive = [](pid_t id) {
    std::ifstream file("/proc/" + std::to_string(id) + "/stat");
    std::string text;
    std::getline(file, text);
    const std::size_t name = text.rfind(") ");
    return name != std::string::npos && text[name + 2] != 'Z';
  };
  for (int i = 0; i < 60000 && std::any_of(ranks.begin(), ranks.end(), is_alive); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  CHECK(std::none_of(ranks.begin(), ranks.end(), is_alive));
}

}  // namespace

TEST_CASE("1, 2 and 4 processes end bit for bit the same") {
  const Workshop workshop;
  REQUIRE(workshop.run(manifest(), "alone").exit_code == kDone);
  const std::string file = workshop.write("many.toml", manifest());
  for (const int ranks : {1, 2, 4}) {
    const std::string name = "ranks_" + std::to_string(ranks);
    const Finished finished = run_process(on(ranks, workshop, {"run", file, "--folder", workshop / name}));
    CAPTURE(ranks, finished.output, finished.error);
    CHECK(finished.exit_code == 0);
    check_bits(workshop / "alone", workshop / name);
    CHECK(fs::exists(workshop / (name + "/log-1.jsonl")) == (ranks > 1));
    CHECK(lines(finished.output).size() ==
          lines(workshop.treino({"run", file, "--folder", workshop / ("again_" + name)}).output).size());
  }
}

TEST_CASE("losses and metrics of values, of margins and of several outputs are bit for bit the same on 1, 2 and 4 processes") {
  const Workshop workshop;
  for (const auto& [name, text] : {std::pair<std::string, std::string>{"values", regression()},
                                   {"margins", margins()},
                                   {"outputs", outputs()},
                                   {"steps", steps()}}) {
    const std::string file = workshop.write(name + ".toml", text);
    for (const int ranks : {1, 2, 4}) {
      const std::string folder = name + "_" + std::to_string(ranks);
      const Finished finished = run_process(on(ranks, workshop, {"run", file, "--folder", workshop / folder}));
      CAPTURE(ranks, finished.output, finished.error);
      REQUIRE(finished.exit_code == 0);
      check_bits(workshop / (name + "_1"), workshop / folder);
    }
  }
}

TEST_CASE("validation within epochs, parts of the data, steps, cadences and a dry run are the same on 1 and 2 processes") {
  const Workshop workshop;
  // A gradient of 3 batches of 30; validations by steps, which early_stopping and reduce_lr_on_plateau act on.
  std::string text = manifest(
      "[[callback]]\nplugin = \"early_stopping\"\nmonitor = \"val_accuracy\"\npatience = 9\nrestore_best_weights = true\n"
      "[[callback]]\nplugin = \"csv_logger\"\nname = \"seldom\"\nfilename = \"seldom.csv\"\nevery = \"2 epochs\"\n");
  replace(text, "epochs = 4", "epochs = 9\nsteps = 50\nvalidate_every = \"4 steps\"\nvalidate_first = true\nlimit_train = 0.9");
  for (const int ranks : {1, 2}) {
    const std::string name = "by_steps_" + std::to_string(ranks);
    const Finished finished =
        run_process(on(ranks, workshop, {"run", workshop.write(name + ".toml", text), "--folder", workshop / name}));
    INFO(finished.output << finished.error);
    REQUIRE((finished.exit_code == kDone || finished.exit_code == kEarlyStopped));
  }
  check_bits(workshop / "by_steps_1", workshop / "by_steps_2");
  const Finished dry = run_process(on(2, workshop, {"run", workshop / "by_steps_1.toml", "--dry"}));
  INFO(dry.output << dry.error);
  CHECK(dry.exit_code == kDone);
}

TEST_CASE("by the clock of rank 0, all processes validate after the same step, and training does not notice") {
  const Workshop workshop;
  std::string text = outputs();
  const fs::path plain = workshop.write("plain.toml", text);
  REQUIRE(run_process(on(1, workshop, {"run", plain, "--folder", workshop / "plain"})).exit_code == kDone);
  replace(text, "epochs = 4", "epochs = 4\nvalidate_every = \"0.001 s\"");
  const fs::path timed = workshop.write("timed.toml", text);
  const Finished finished = run_process(on(2, workshop, {"run", timed, "--folder", workshop / "timed"}));
  INFO(finished.output << finished.error);
  REQUIRE(finished.exit_code == kDone);
  CHECK(read_text(workshop / "timed/log.jsonl").find("\"validation\"") != std::string::npos);
  CHECK((read_text(workshop / "timed/model.safetensors") == read_text(workshop / "plain/model.safetensors")));
}

TEST_CASE("every metric takes part in these tests") {
  std::set<std::string> tested{"kl_divergence"};  // compares distributions, which none of these data have
  for (const std::string& id : tested_metrics()) tested.insert(id);
  std::set<std::string> built;
  for (const auto& file : fs::directory_iterator(BUILT_METRICS)) built.insert(file.path().stem());
  CHECK(tested == built);
}

TEST_CASE("killed at any moment, one rank or all, a run resumes bit for bit on another number of processes") {
  const Workshop workshop;
  const std::string file = workshop.write("many.toml", manifest("[[callback]]\nplugin = \"slow_sleeper\"\nmilliseconds = 2\n"));
  REQUIRE(run_process(on(4, workshop, {"run", file, "--folder", workshop / "reference"})).exit_code == 0);
  const double whole = std::stod(fact(workshop / "reference", "/seconds"));
  std::mt19937 random(std::random_device{}());
  int killed = 0;
  for (int i = 0; i < KILLS; ++i) {
    const double moment = std::uniform_real_distribution<double>()(random);
    CAPTURE(i, moment, whole);
    const std::string folder = workshop / ("killed_" + std::to_string(i));
    Process process(on(4, workshop, {"run", file, "--folder", folder, "--quiet"}));
    // OpenMPI 4.1's mpirun may hang where a process dies before it has joined the others.
    REQUIRE(wait_for(process, fs::path(folder) / "log-3.jsonl"));
    std::this_thread::sleep_for(std::chrono::duration<double>(moment * whole));
    const std::vector<pid_t> ranks = ranks_of(process.id());
    for (std::size_t r = 0; r < ranks.size(); ++r)
      if (i % 2 == 0 || r == static_cast<std::size_t>(i / 2) % ranks.size()) killed += kill(ranks[r], SIGKILL) == 0;
    process.wait();
    wait_until_gone(ranks);
    const int next = std::array{1, 2, 4}[static_cast<std::size_t>(i) % 3];
    const Finished resumed = run_process(on(next, workshop, {"resume", folder}));
    INFO(resumed.output << resumed.error);
    CHECK(resumed.exit_code == 0);
    check_bits(workshop / "reference", folder);
  }
  CHECK(killed >= KILLS / 2);
}

TEST_CASE("Ctrl-C ends all processes at the same step, and the run continues bit for bit") {
  const Workshop workshop;
  const std::string file = workshop.write("many.toml", manifest("[[callback]]\nplugin = \"slow_sleeper\"\nmilliseconds = 2\n"));
  REQUIRE(workshop.treino({"run", file, "--folder", workshop / "reference"}).exit_code == kDone);
  const std::string folder = workshop / "interrupted";
  Process process(on(2, workshop, {"run", file, "--folder", folder}));
  REQUIRE(wait_for(process, fs::path(folder) / "history.csv", 100));
  const std::vector<pid_t> ranks = ranks_of(process.id());
  REQUIRE(ranks.size() == 2);
  kill(ranks[1], SIGTERM);  // one of them is enough
  const Finished finished = process.wait();
  INFO(finished.output << finished.error);
  CHECK(fact(folder, "/outcome") == "\"interrupted\"");
  CHECK(run_process(on(4, workshop, {"resume", folder})).exit_code == 0);
  check_bits(workshop / "reference", folder);
}

TEST_CASE("what keeps a run of several processes from beginning is reported once, with its place") {
  const Workshop workshop;
  const std::string file = workshop.write("many.toml", manifest());
  const Finished three = run_process(on(3, workshop, {"run", file, "--folder", workshop / "three"}));
  CAPTURE(three.error);
  CHECK(three.exit_code == kBadInput);
  CHECK(contains(three.error,
                 "many.toml:8:10: shards = 4 cannot be divided among 3 processes: their number must divide that of the shards"));
  CHECK_FALSE(contains(three.error, "rank 1: "));  // the same is not said again
  CHECK_FALSE(fs::exists(workshop / "three"));

  const Finished fault =
      run_process(on(2, workshop, {"run", file, "--set", "optimizer.learning_rat=1", "--folder", workshop / "fault"}));
  CAPTURE(fault.error);
  const std::string sentence = "adam has no parameter 'learning_rat'";
  CHECK(contains(fault.error, sentence));
  CHECK(fault.error.find(sentence) == fault.error.rfind(sentence));

  const Finished many = workshop.treino({"run", file, "--set", "run.shards=1000000", "--folder", workshop / "many"});
  CHECK(many.exit_code == kBadInput);
  CHECK(contains(many.error, "--set run.shards=1000000: a batch of 30 samples cannot be cut into 1000000 shards"));

  ProcessOptions differing = on(1, workshop, {"run", file, "--folder", workshop / "differing"});
  for (const char* word : {":", "-n", "1", TREINO, "run", file.c_str(), "--plugin-path", PLUGINS, "--set", "run.epochs=5"})
    differing.arguments.push_back(word);
  const Finished other = run_process(differing);
  CAPTURE(other.error);
  CHECK(other.exit_code == kBadInput);
  CHECK(contains(other.error, "error: rank 1 has another manifest than rank 0: all processes have to be given the same"));
  CHECK_FALSE(fs::exists(workshop / "differing"));

  const std::string mine = workshop.write("mine.csv", "x,y\n1,0\n2,1\n3,0\n4,1\n"),
                    other_data = workshop.write("other.csv", "x,y\n1,0\n2,1\n3,0\n5,1\n");
  const std::string by_name = workshop.write("by_name.toml", R"([run]
epochs = 1
[collective]
plugin = "mpi"
[data]
train = { file = "${MANY_DATA}", target = "y", target_kind = "index" }
batch_size = 4
[model]
layers = [ { type = "dense", units = 2 } ]
[optimizer]
plugin = "sgd"
learning_rate = 0.1
[loss]
plugin = "cross_entropy"
)");
  ProcessOptions strange = on(1, workshop, {"run", by_name, "--folder", workshop / "strange"});
  const std::string named_mine = "MANY_DATA=" + mine, named_other = "MANY_DATA=" + other_data;
  strange.arguments.insert(strange.arguments.begin() + 4, {"-x", named_mine});
  for (const std::string& word :
       std::vector<std::string>{":", "-n", "1", "-x", named_other, TREINO, "run", by_name, "--plugin-path", PLUGINS})
    strange.arguments.push_back(word);
  const Finished stranger = run_process(strange);
  CAPTURE(stranger.error);
  CHECK(stranger.exit_code == kBadInput);
  CHECK(contains(stranger.error,
                 "rank 1 has another training file or validation file than rank 0: all processes have to be given the same"));

  const std::string monitoring = workshop.write(
      "monitoring.toml", manifest("[[callback]]\nplugin = \"gradient_monitor\"\n[[callback]]\nplugin = \"early_stopping\"\n"
                                  "monitor = \"gradient_norm/dense_1\"\nmode = \"min\"\n"));
  const Finished monitored = run_process(on(2, workshop, {"run", monitoring, "--folder", workshop / "monitored"}));
  CAPTURE(monitored.error);
  CHECK(monitored.exit_code == kBadInput);
  CHECK(contains(monitored.error, "early_stopping: 'gradient_norm/dense_1' is logged by gradient_monitor on rank 0 alone"));

  fs::create_directories(workshop / "taken/sub");
  const Finished taken = run_process(on(2, workshop, {"run", file, "--folder", workshop / "taken"}));
  CAPTURE(taken.error);
  CHECK(contains(taken.error, "taken: is there already"));
}

TEST_CASE("a callback that sets weights on rank 0 alone is refused") {
  const Workshop workshop;
  const std::string file =
      workshop.write("many.toml", manifest("[[callback]]\nplugin = \"weight_writer\"\nevent = \"epoch_end\"\n"));
  const Finished finished = run_process(on(2, workshop, {"run", file, "--folder", workshop / "run"}));
  CAPTURE(finished.output, finished.error);
  CHECK(finished.exit_code == kFailed);
  CHECK(contains(finished.error,
                 "weight_writer: set_parameter() changes the model: in a run of several processes, a callback that "
                 "calls it needs ranks = \"all\" in its description"));
}

TEST_CASE("a callback of all ranks exchanges with the others, and knows which it is; alone it does the same") {
  const Workshop workshop;
  const std::string file = workshop.write("many.toml", manifest("[[callback]]\nplugin = \"ranks_witness\"\n"));
  for (const int ranks : {1, 2, 4}) {
    const fs::path folder = workshop / ("ranks_" + std::to_string(ranks));
    const Finished finished = run_process(on(ranks, workshop, {"run", file, "--folder", folder.string()}));
    CAPTURE(ranks, finished.output, finished.error);
    REQUIRE(finished.exit_code == 0);
    const std::string sum = std::to_string(ranks * (ranks + 1) / 2), count = std::to_string(ranks);
    for (int rank = 0; rank < ranks; ++rank) {
      const std::string line = std::to_string(rank + 1) + " of " + count + ": sum " + sum + ", from 1 to " + count +
                               ", gathered " + sum + ", last " + count + "\n";
      CHECK(read_text(folder / ("ranks-" + std::to_string(rank) + ".txt")) == line + line + line + line);  // an epoch each
    }
  }
}

TEST_CASE("a callback of rank 0 alone may not exchange with the others") {
  const Workshop workshop;
  const std::string file = workshop.write("many.toml", manifest("[[callback]]\nplugin = \"first_witness\"\n"));
  CHECK(workshop.treino({"run", file, "--folder", workshop / "alone"}).exit_code == kDone);
  const Finished finished = run_process(on(2, workshop, {"run", file, "--folder", workshop / "run"}));
  CAPTURE(finished.output, finished.error);
  CHECK(finished.exit_code == kFailed);
  CHECK(contains(finished.error,
                 "first_witness: all_reduce() exchanges with other processes: in a run of several, a callback that calls it "
                 "needs ranks = \"all\" in its description"));
}

TEST_CASE("the first of several processes alone writes lr_finder's files") {
  const Workshop workshop;
  const std::string file = workshop.write("many.toml", manifest("[[callback]]\nplugin = \"lr_finder\"\nnum_training = 20\n"));
  const Finished finished = run_process(on(2, workshop, {"run", file, "--folder", workshop / "run"}));
  CAPTURE(finished.output, finished.error);
  CHECK(finished.exit_code == 0);
  CHECK(fs::exists(workshop / "run/lr_finder.csv"));
  CHECK(fs::exists(workshop / "run/lr_finder.svg"));
}

TEST_CASE("a callback that writes into the model on rank 0 alone is detected") {
  const Workshop workshop;
  const std::string file = workshop.write("many.toml", manifest("[[callback]]\nplugin = \"view_writer\"\n"));
  const Finished finished = run_process(on(2, workshop, {"run", file, "--folder", workshop / "run"}));
  CAPTURE(finished.output, finished.error);
  CHECK(finished.exit_code == kFailed);
  CHECK(contains(finished.error,
                 "the weights of rank 1 differ from those of rank 0: a callback that changes the model has to run on all ranks"));
  CHECK(fact(workshop / "run", "/outcome") == "\"failed\"");
}

TEST_CASE("a rank that hangs is named, and the others end") {
  const Workshop workshop;
  const std::string file = workshop.write("many.toml", manifest("[[callback]]\nplugin = \"slow_sleeper\"\nmilliseconds = 2\n"));
  const std::string folder = workshop / "run";
  Process process(on(4, workshop, {"run", file, "--folder", folder, "--set", "collective.timeout=1"}));
  REQUIRE(wait_for(process, fs::path(folder) / "history.csv", 100));
  const std::vector<pid_t> ranks = ranks_of(process.id());
  REQUIRE(ranks.size() == 4);
  kill(ranks[2], SIGSTOP);
  const Finished finished = process.wait();
  kill(ranks[2], SIGKILL);
  CAPTURE(finished.output, finished.error);
  CHECK(finished.exit_code != 0);
  CHECK(contains(finished.error, "has waited 1 s for the others (timeout of [collective]): no sign of life from rank 2"));
  CHECK(fact(folder, "/outcome") == "\"failed\"");
  CHECK(run_process(on(2, workshop, {"resume", folder})).exit_code == 0);
}
