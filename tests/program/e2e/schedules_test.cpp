// Learning rates of whole runs: schedulers in each other and beside callbacks, what t counts, and what a resume leaves of them.
#include <cmath>
#include <csignal>
#include <nlohmann/json.hpp>
#include <thread>

#include "workshop.hpp"

using namespace treino::test;
using nlohmann::json;

namespace {

/// What the lambda callbacks of a run logged, as numbers.
std::vector<double> logged(const fs::path& run) {
  std::vector<double> found;
  for (const std::string& line : lines(read_text(run / "log.jsonl")))
    if (const json record = json::parse(line); record.value("from", "") == "lambda")
      found.push_back(std::stod(record["text"].get<std::string>()));
  return found;
}

const std::string log_rates = "[[callback]]\nplugin = 'lambda'\non_step_end = \"log(string.format('%.17g', lr))\"\n";
const std::string log_epochs = "[[callback]]\nplugin = 'lambda'\non_epoch_end = \"log(string.format('%.17g', lr))\"\n";

/// The third column, the rate, of what `treino lr` writes for these schedulers.
std::vector<double> drawn(const Workshop& workshop, const std::string& schedulers, std::vector<std::string> more = {}) {
  std::vector<std::string> arguments = {"lr", workshop.write("lr.toml", small_manifest(schedulers)), "--csv",
                                        workshop / "lr.csv"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const Finished finished = workshop.treino(arguments);
  INFO(finished.error);
  REQUIRE(finished.exit_code == kDone);
  std::vector<double> rates;
  const auto rows = lines(read_text(workshop / "lr.csv"));
  for (std::size_t i = 1; i < rows.size(); ++i)
    rates.push_back(std::stod(rows[i].substr(rows[i].find(',', rows[i].find(',') + 1) + 1)));
  return rates;
}

/// A schedule of steps, one of epochs, one with a state, and a callback with both: all that a resume could get wrong.
const std::string restless = R"toml(
[[scheduler]]
plugin = "sequential"
unit = "step"
milestones = [30]
stages = [
  { plugin = "warmup", steps = 30, start_factor = 0.1 },
  { plugin = "chained", stages = [
    { plugin = "multiplicative", lr_lambda = "1 - 1 / (t + 50)" },
    { plugin = "halves", stage = { plugin = "cosine_warm_restarts", t_0 = 20, t_mult = 2 } },
  ] },
]
[[scheduler]]
plugin = "exponential_decay"
gamma = 0.9
[[callback]]
plugin = "learning_rate_scheduler"
schedule = "lr * (1 + 0.001 * cos(step))"
unit = "step"
[[callback]]
plugin = "backup_and_restore"
backup_dir = "backup"
save_freq = 7
delete_checkpoint = false
async_checkpoint = false  # so that each of them is written, and they can be counted
[[callback]]
plugin = "slow_sleeper"
milliseconds = 1
[[callback]]
plugin = "lambda"
on_run_begin = "state.rates = state.rates or {}"
on_step_end = "state.rates[step] = lr"
on_run_end = "for i = 1, #state.rates do log(string.format('%.17g', state.rates[i])) end"
)toml";

}  // namespace

TEST_CASE("a warm-up before another schedule goes together with reduce_lr_on_plateau") {
  const Workshop workshop;
  // Nothing improves by 100, so the second epoch and each after it halves the rate, during the warm-up too.
  const Finished finished = workshop.run(small_manifest(R"(
[[scheduler]]
plugin = "sequential"
stages = [{ plugin = "warmup", steps = 4, start_factor = 0.2 }, { plugin = "cosine_annealing", t_max = 4 }]
milestones = [4]
[[callback]]
plugin = "reduce_lr_on_plateau"
monitor = "val_loss"
min_delta = 100.0
patience = 1
factor = 0.5
)" + log_epochs),
                                         "run", {"--set", "run.epochs=8"});
  INFO(finished.output << finished.error);
  REQUIRE(finished.exit_code == kDone);
  const auto rates = logged(workshop / "run");
  REQUIRE(rates.size() == 8);
  const double root = std::sqrt(0.5);  // cos(pi / 4)
  const double schedule[] = {0.2, 0.4, 0.6, 0.8, 1, (1 + root) / 2, 0.5, (1 - root) / 2};
  for (int epoch = 0; epoch < 8; ++epoch) {
    INFO("epoch " << epoch);
    CHECK(rates[epoch] == Approx(2e-3 * schedule[epoch] * std::pow(0.5, std::max(0, epoch - 1))).epsilon(1e-12));
  }
}

TEST_CASE("a step that is not taken does not move the schedule") {
  const Workshop workshop;
  const std::string scheduler = "[[scheduler]]\nplugin = 'exponential_decay'\nunit = 'step'\ngamma = 0.9\n";
  const Finished finished = workshop.run(small_manifest(scheduler + "[[callback]]\nplugin = 'step_skipper'\n" + log_rates), "run",
                                         {"--set", "run.epochs=2"});
  INFO(finished.output << finished.error);
  REQUIRE(finished.exit_code == kDone);
  const auto rates = logged(workshop / "run");
  REQUIRE(rates.size() == 74);  // twice 40 batches without three
  for (std::size_t t = 0; t < rates.size(); ++t)
    CHECK(rates[t] == Approx(2e-3 * std::pow(0.9, static_cast<double>(t))).epsilon(1e-12));
}

TEST_CASE("accumulated batches count as the one step that they make") {
  const Workshop workshop;
  const std::string scheduler = "[[scheduler]]\nplugin = 'exponential_decay'\nunit = 'step'\ngamma = 0.9\n";
  const Finished finished =
      workshop.run(small_manifest(scheduler + log_rates), "run", {"--set", "run.epochs=2", "--set", "run.accumulate=3"});
  INFO(finished.output << finished.error);
  REQUIRE(finished.exit_code == kDone);
  const auto rates = logged(workshop / "run");
  REQUIRE(rates.size() == 28);  // twice 13 groups of three and one of one
  for (std::size_t t = 0; t < rates.size(); ++t)
    CHECK(rates[t] == Approx(2e-3 * std::pow(0.9, static_cast<double>(t))).epsilon(1e-12));
  CHECK(drawn(workshop, scheduler, {"--set", "run.epochs=2", "--set", "run.accumulate=3"}).size() == 28);
}

TEST_CASE("learning_rate_scheduler sets the base that schedulers act on, by epoch and by step") {
  const Workshop workshop;
  const std::string constant = "[[scheduler]]\nplugin = 'constant'\nfactor = 0.1\ntotal_iters = 2\n";
  const std::string callback = "[[callback]]\nplugin = 'learning_rate_scheduler'\n";
  Finished finished = workshop.run(small_manifest(constant + callback + "schedule = 'epoch == 0 and 8 or lr / 2'\n" + log_epochs),
                                   "epochs", {"--set", "run.epochs=4", "--set", "optimizer.plugin=sgd"});
  INFO(finished.output << finished.error);
  REQUIRE(finished.exit_code == kDone);
  const double expected[] = {0.8, 0.4, 2, 1};
  const auto rates = logged(workshop / "epochs");
  REQUIRE(rates.size() == 4);
  for (int epoch = 0; epoch < 4; ++epoch) CHECK(rates[epoch] == Approx(expected[epoch]));

  finished = workshop.run(small_manifest(callback + "unit = 'step'\nschedule = 'step == 0 and lr or lr * 0.9'\n" + log_rates),
                          "steps", {"--set", "run.epochs=1"});
  REQUIRE(finished.exit_code == kDone);
  const auto steps = logged(workshop / "steps");
  REQUIRE(steps.size() == 40);
  for (std::size_t t = 0; t < steps.size(); ++t)
    CHECK(steps[t] == Approx(2e-3 * std::pow(0.9, static_cast<double>(t))).epsilon(1e-12));
}

TEST_CASE("schedulers nest four deep, one of another maker among them") {
  const Workshop workshop;
  const auto rates = drawn(workshop, R"([[scheduler]]
plugin = "sequential"
milestones = [2]
stages = [
  { plugin = "constant", factor = 0.5, total_iters = 100 },
  { plugin = "chained", stages = [
    { plugin = "halves", stage = { plugin = "linear", start_factor = 0.0, total_iters = 4 } },
    { plugin = "step_decay", step_size = 2, gamma = 0.1 },
  ] },
]
)",
                           {"--set", "run.epochs=7"});
  const double expected[] = {0.5, 0.5, 0, 0.125, 0.025, 0.0375, 0.005};
  REQUIRE(rates.size() == 7);
  for (int t = 0; t < 7; ++t) CHECK(rates[t] == Approx(2e-3 * expected[t]).margin(1e-18));
}

TEST_CASE("a run that is killed continues with the same learning rates, bit for bit") {
  const Workshop workshop;
  const Finished whole = workshop.run(small_manifest(restless), "whole");
  INFO(whole.error);
  REQUIRE(whole.exit_code == kDone);
  const auto expected = logged(workshop / "whole");
  REQUIRE(expected.size() == 120);
  for (const int saves : {1, 6, 13}) {
    INFO("killed after " << saves << " checkpoints");
    const std::string name = "killed_" + std::to_string(saves);
    Process process(workshop.command(
        {"run", workshop.write("killed.toml", small_manifest(restless)), "--folder", workshop / name, "--quiet"}));
    const auto saved = [&] {
      int found = 0;
      for (const std::string& line : lines(read_text(workshop / (name + "/log.jsonl"))))
        found += contains(line, "\"checkpoint\"");
      return found;
    };
    while (process.running() && (!fs::exists(workshop / (name + "/log.jsonl")) || saved() < saves))
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    process.send(SIGKILL);
    process.wait();
    const Finished resumed = workshop.treino({"resume", workshop / name});
    INFO(resumed.output << resumed.error);
    CHECK(resumed.exit_code == kDone);
    CHECK(logged(workshop / name) == expected);
    CHECK((read_text(workshop / (name + "/model.safetensors")) == read_text(workshop / "whole/model.safetensors")));
  }
}

TEST_CASE("a schedule that cannot be followed is refused before the first batch, with its line and what to do") {
  const Workshop workshop;
  const std::map<std::string, std::string> cases = {
      {"plugin = 'multi_step'\nmilestones = [2, 3]\n",
       "multi_step: milestones: 3 is never reached, since t ends at 2. Choose a smaller one"},
      {"plugin = 'cosine_annealing'\nt_max = 0\n", "t_max"},
      {"plugin = 'step_decay'\nstep_size = 1\ngamma = -0.5\n", "gamma"},
      {"plugin = 'lambda'\nlr_lambda = '0.5 ^'\n", "lambda: lr_lambda:1: unexpected symbol near <eof>"}};
  for (const auto& [text, said] : cases) {
    INFO(text);
    const fs::path manifest = workshop.write("a.toml", small_manifest("[[scheduler]]\n" + text));
    const Finished finished = workshop.treino({"lr", manifest});
    CHECK(finished.exit_code != kDone);
    CHECK(contains(finished.error, said));
    CHECK(contains(finished.error, "a.toml:"));
    const Finished run = workshop.treino({"run", manifest, "--folder", workshop / "never"});
    CHECK(run.exit_code != kDone);
    CHECK(contains(run.error, said));
    fs::remove_all(workshop / "never");
  }
}

TEST_CASE("lr draws a picture with the momentum, and refuses a run too long to be drawn") {
  const Workshop workshop;
  const std::string one_cycle = "[[scheduler]]\nplugin = 'one_cycle'\nname = 'up & <down>'\n";
  drawn(workshop, one_cycle, {"--svg", workshop / "lr.svg"});
  const std::string picture = read_text(workshop / "lr.svg");
  CHECK(picture.rfind("<svg xmlns=\"http://www.w3.org/2000/svg\"", 0) == 0);
  CHECK(contains(picture, "<title>up &amp; &lt;down></title>"));
  CHECK(contains(picture, ">momentum</text>"));
  CHECK(contains(picture, "stroke-dasharray"));
  CHECK(contains(picture, "</svg>"));
  drawn(workshop, "", {"--svg", workshop / "lr.svg"});
  CHECK(contains(read_text(workshop / "lr.svg"), "<title>no scheduler</title>"));
  CHECK_FALSE(contains(read_text(workshop / "lr.svg"), "momentum"));
  const Finished endless =
      workshop.treino({"lr", workshop.write("lr.toml", small_manifest(one_cycle)), "--set", "run.epochs=1000000000000"});
  CHECK(endless.exit_code != kDone);
  CHECK(contains(endless.error, "shorten the run with --set run.epochs="));
}

TEST_CASE("treino lr --csv writes steps in the column of steps, and nothing where they are not known") {
  const Workshop workshop;
  const auto table = [&](const std::string& scheduler, std::vector<std::string> more) {
    drawn(workshop, "[[scheduler]]\nplugin = " + scheduler, std::move(more));
    return lines(read_text(workshop / "lr.csv"));
  };
  const std::string halved = "'exponential_decay'\ngamma = 0.5\n";
  CHECK(table(halved, {}) ==
        std::vector<std::string>{"epoch,step,learning_rate,momentum", "0,,0.002,", "1,,0.001,", "2,,5e-04,"});
  CHECK(table(halved, {"--steps-per-epoch", "5"}) ==
        std::vector<std::string>{"epoch,step,learning_rate,momentum", "0,0,0.002,", "1,5,0.001,", "2,10,5e-04,"});
  const auto steps = table("'step_decay'\nunit = 'step'\nstep_size = 4\ngamma = 0.5\n", {"--steps-per-epoch", "3"});
  CHECK(steps == std::vector<std::string>{"epoch,step,learning_rate,momentum", "0,0,0.002,", "0,1,0.002,", "0,2,0.002,",
                                          "1,3,0.002,", "1,4,0.001,", "1,5,0.001,", "2,6,0.001,", "2,7,0.001,", "2,8,5e-04,"});
}
