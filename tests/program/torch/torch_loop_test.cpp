// The same decisions, whether Treino's plugins make them round a libtorch loop or the test's program makes them by hand.
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/process.hpp"
#include "support/temporary_folder.hpp"

using namespace treino::test;
namespace fs = std::filesystem;

namespace {

const std::string manifest = R"toml(
[run]
name = "torch"
epochs = 40
[[scheduler]]
plugin = "warmup"
steps = 20
start_factor = 0.1
unit = "step"
[[scheduler]]
plugin = "cosine_annealing"
t_max = 40
[[metric]]
plugin = "accuracy"
[[metric]]
plugin = "f1"
[[callback]]
plugin = "progbar_logger"
[[callback]]
plugin = "early_stopping"
monitor = "val_loss"
patience = 5
[[callback]]
plugin = "reduce_lr_on_plateau"
monitor = "val_loss"
patience = 2
factor = 0.5
[[callback]]
plugin = "swap_ema_weights"
decay = 0.9
[[callback]]
plugin = "model_checkpoint"
monitor = "val_f1"
save_best_only = true
filepath = "best.safetensors"
[[callback]]
plugin = "csv_logger"
filename = "history.csv"
[[callback]]
plugin = "tensorboard"
[[callback]]
plugin = "backup_and_restore"
backup_dir = "backup"
save_freq = 7
)toml";

using Rows = std::vector<std::vector<double>>;

/// The numbers of each line that begins so, separated by `between`.
Rows numbers_after(const std::string& text, const std::string& beginning, char between) {
  Rows rows;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind(beginning, 0) != 0) continue;
    rows.emplace_back();
    std::istringstream cells(line.substr(beginning.size()));
    for (std::string cell; std::getline(cells, cell, between);) rows.back().push_back(std::stod(cell));
  }
  return rows;
}

void check_equal(const Rows& found, const Rows& expected) {
  REQUIRE(found.size() == expected.size());
  for (std::size_t row = 0; row < found.size(); ++row) {
    REQUIRE(found[row].size() == expected[row].size());
    for (std::size_t i = 0; i < found[row].size(); ++i) {
      INFO("row " << row << ", number " << i);
      CHECK(found[row][i] == Approx(expected[row][i]).epsilon(1e-5).margin(1e-12));
    }
  }
}

class Workshop {
 public:
  Workshop() { write_text(folder_ / "plugins.toml", manifest); }
  fs::path run(const std::string& name) const { return folder_ / name; }
  Finished train(const std::string& name, const std::string& kill_after = "") const {
    std::vector<std::string> arguments = {TORCH_LOOP, "treino", (folder_ / "plugins.toml").string(), PLUGINS, run(name).string()};
    if (!kill_after.empty()) arguments.push_back(kill_after);
    return run_process({arguments, folder_.path(), {{"OMP_NUM_THREADS", "1"}}, std::chrono::minutes(2)});
  }

 private:
  TemporaryFolder folder_;
};

}  // namespace

TEST_CASE("round a libtorch loop, every step's learning rate, the history and the epoch that is the last are those by hand") {
  const Workshop workshop;
  const Finished with = workshop.train("run");
  INFO(with.error);
  REQUIRE(with.exit_code == 0);
  const Finished by_hand = run_process({{TORCH_LOOP, "by_hand"}, ".", {{"OMP_NUM_THREADS", "1"}}, std::chrono::minutes(2)});
  REQUIRE(by_hand.exit_code == 0);
  check_equal(numbers_after(with.output, "rate ", ' '), numbers_after(by_hand.output, "rate ", ' '));

  std::string history = read_text(workshop.run("run") / "history.csv");
  CHECK(history.substr(0, history.find('\n')) == "epoch,loss,accuracy,f1,val_loss,val_accuracy,val_f1");
  Rows rows = numbers_after(history.substr(history.find('\n') + 1), "", ',');
  CHECK(rows.size() > 8);   // the cuts come into it
  CHECK(rows.size() < 40);  // early_stopping, too
  for (auto& row : rows) row.erase(row.begin());
  check_equal(rows, numbers_after(by_hand.output, "epoch ", ' '));
}

TEST_CASE("a libtorch loop that is killed at any moment continues to the same bytes of weights and history") {
  const Workshop workshop;
  const Finished whole = workshop.train("whole");
  REQUIRE(whole.exit_code == 0);
  const double seconds = numbers_after(whole.output, "seconds ", ' ').at(0).at(0);
  std::mt19937 random(7);
  for (int i = 0; i < 10; ++i) {
    const std::string name = "killed" + std::to_string(i);
    const long microseconds = std::uniform_int_distribution<long>(1000, static_cast<long>(seconds * 1e6))(random);
    INFO("killed after " << microseconds << " us of " << seconds << " s");
    workshop.train(name, std::to_string(microseconds));
    const Finished again = workshop.train(name);
    INFO(again.error);
    REQUIRE(again.exit_code == 0);
    for (const char* file : {"model.safetensors", "history.csv"}) {
      INFO(file);
      CHECK((read_text(workshop.run(name) / file) == read_text(workshop.run("whole") / file)));
    }
  }
}
