// Averages and best weights where runs are long, wide or go wrong: warm-up, several in one run, damaged weights, files that are
// written from where the weights stand.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>

#include "store/safetensors.hpp"
#include "store/safetensors_read.hpp"
#include "support/catch.hpp"
#include "unit/train/workshop.hpp"

using namespace treino;
using namespace treino::test;

namespace {

/// Nine steps per epoch; the weights after each of them in w/<step>.safetensors.
const std::string every_step = R"([[callback]]
plugin = "model_checkpoint"
filepath = "w/{step}.safetensors"
save_freq = 1
save_weights_only = true
)";
const std::string save_ema_at_each_end = R"([[callback]]
plugin = "model_checkpoint"
name = "of_ema"
filepath = "ema.safetensors"
save_weights_only = true
weights = "ema"
)";
const std::string save_slow_at_each_end = R"([[callback]]
plugin = "model_checkpoint"
name = "of_slow"
filepath = "slow.safetensors"
save_weights_only = true
weights = "ema_slow"
)";
/// A rate that no float32 holds, in the step after `steps`: the weights become infinite or NaN.
std::string explode_after(int steps) {
  return "[[callback]]\nplugin = \"learning_rate_scheduler\"\nunit = \"step\"\nschedule = \"step == " + std::to_string(steps) +
         " and 1e300 or 0.05\"\n";
}

using Weights = std::map<std::string, std::vector<float>>;

Weights read_weights(const std::filesystem::path& path) {
  const store::TensorFile file(path);
  Weights weights;
  for (const store::StoredTensor& tensor : file.tensors()) {
    if (tensor.type != store::DType::F32) continue;  // plugins' states
    std::vector<float>& values = weights[tensor.name];
    values.resize(tensor.bytes.size() / sizeof(float));
    std::memcpy(values.data(), tensor.bytes.data(), tensor.bytes.size());
  }
  return weights;
}

/// The recurrence in double, from the weights of each step: average += share * (weights - average), the first a copy.
std::map<std::string, std::vector<double>> averaged(const std::filesystem::path& folder, int steps,
                                                    const std::function<double(int)>& share_of_update) {
  std::map<std::string, std::vector<double>> averages;
  for (int step = 1; step <= steps; ++step)
    for (const auto& [name, values] : read_weights(folder / (std::to_string(step) + ".safetensors"))) {
      std::vector<double>& average = averages[name];
      if (average.empty()) average.assign(values.begin(), values.end());
      for (std::size_t i = 0; i < values.size(); ++i)
        average[i] += share_of_update(step) * (static_cast<double>(values[i]) - average[i]);
    }
  return averages;
}

void check_near(const Weights& found, const std::map<std::string, std::vector<double>>& expected) {
  REQUIRE(found.size() == expected.size());
  for (const auto& [name, values] : expected) {
    INFO(name);
    REQUIRE(found.at(name).size() == values.size());
    for (std::size_t i = 0; i < values.size(); ++i)
      CHECK(static_cast<double>(found.at(name)[i]) == Approx(values[i]).epsilon(1e-5).margin(1e-6));
  }
}

bool all_finite(const std::vector<float>& values) {
  return std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); });
}

std::vector<float> all_values(const Weights& weights) {
  std::vector<float> all;
  for (const auto& [name, values] : weights) all.insert(all.end(), values.begin(), values.end());
  return all;
}

}  // namespace

TEST_CASE("an average warms up on a line from momentum_warmup to 1 - decay") {
  const Workshop workshop;
  SilentRun run(workshop.plan(wine + small_model + every_step + save_ema_at_each_end + R"([[callback]]
plugin = "swap_ema_weights"
decay = 0.8
momentum_warmup = 0.5
warmup_iters = 4
)",
                              {"run.epochs=1"}),
                workshop.path() / "run");
  REQUIRE(run.run.steps_per_epoch() == 9);
  REQUIRE(run.fit().outcome == host::Outcome::done);
  // ignite's EMAHandler(momentum=0.2, momentum_warmup=0.5, warmup_iters=4), whose iteration 1 is our update after the copy.
  const double shares[] = {1, 0.5, 0.4, 0.3, 0.2};
  const auto expected = averaged(workshop.path() / "run/w", 9, [&](int step) { return shares[std::min(step, 5) - 1]; });
  check_near(read_weights(workshop.path() / "run/ema.safetensors"), expected);
}

TEST_CASE("two averages of one run do not disturb each other, and the one that is called ema ends in the model") {
  const Workshop workshop;
  const std::string both = R"([[callback]]
plugin = "swap_ema_weights"
name = "slow"
set = "ema_slow"
decay = 0.95
[[callback]]
plugin = "swap_ema_weights"
decay = 0.8
)";
  SilentRun run(
      workshop.plan(wine + small_model + every_step + save_ema_at_each_end + save_slow_at_each_end + both, {"run.epochs=2"}),
      workshop.path() / "run");
  REQUIRE(run.fit().outcome == host::Outcome::done);
  const auto of = [&](double share) {
    return averaged(workshop.path() / "run/w", 18, [share](int step) { return step == 1 ? 1.0 : share; });
  };
  check_near(read_weights(workshop.path() / "run/ema.safetensors"), of(0.2));
  check_near(read_weights(workshop.path() / "run/slow.safetensors"), of(0.05));
  run.save_weights(workshop.path() / "model.safetensors");
  CHECK((read_weights(workshop.path() / "model.safetensors") == read_weights(workshop.path() / "run/ema.safetensors")));
}

TEST_CASE("two averages that would both go into the model are refused before anything is trained") {
  const Workshop workshop;
  const std::string one = "[[callback]]\nplugin = \"swap_ema_weights\"\n";
  CHECK_THROWS_WITH(SilentRun(workshop.plan(wine + small_model + one + one + "name = \"second\"\n"), workshop.path() / "run"),
                    ContainsSubstring("'ema' belongs to swap_ema_weights already") &&
                        ContainsSubstring("several moving averages differ in `set`"));
}

TEST_CASE("averages stay whole where the weights become infinite and the run goes back") {
  const Workshop workshop;
  const std::string callbacks = R"([[callback]]
plugin = "terminate_on_nan"
check = "weights"
action = "rollback"
[[callback]]
plugin = "swap_ema_weights"
[[callback]]
plugin = "stochastic_weight_averaging"
swa_epoch_start = 1
)";
  SilentRun run(workshop.plan(wine + small_model + explode_after(12) + callbacks + save_ema_at_each_end),
                workshop.path() / "run");
  CHECK(run.fit().outcome == host::Outcome::done);
  CHECK(all_finite(weights_of(run)));
  CHECK(all_finite(all_values(read_weights(workshop.path() / "run/ema.safetensors"))));
}

TEST_CASE("weights that the last step of an epoch has made infinite are never the best") {
  const Workshop workshop;
  // The loss of the second epoch is lower, and was measured before its last step, the eighteenth.
  const std::string stopper =
      "[[callback]]\nplugin = \"early_stopping\"\nmonitor = \"loss\"\npatience = 9\nrestore_best_weights = true\n";
  SilentRun run(workshop.plan(wine + small_model + explode_after(17) + stopper), workshop.path() / "run");
  const train::Result result = run.fit();
  CHECK(result.outcome == host::Outcome::diverged);
  CHECK(result.reason.find("at epoch 1)") != std::string::npos);  // "loss is nan at epoch 3 (best ... at epoch 1)"
  CHECK(all_finite(weights_of(run)));
}

TEST_CASE("a file that is written from where large sets of weights stand is the one that is written at once") {
  const Workshop workshop;
  // 557,059 parameters: a set of them has 2.2 MB.
  const std::string wide =
      "[model]\nlayers = [ { type = \"dense\", units = 32768 }, { type = \"relu\" }, { type = \"dense\", units = 3 } ]\n";
  const auto files = [&](const std::string& async) {
    const std::string callbacks = R"([[callback]]
plugin = "swap_ema_weights"
decay = 0.5
[[callback]]
plugin = "early_stopping"
patience = 9
restore_best_weights = true
[[callback]]
plugin = "model_checkpoint"
filepath = "{epoch}.safetensors"
async_checkpoint = )" + async + "\n";
    const std::filesystem::path folder = workshop.path() / "run";
    std::filesystem::remove_all(folder);
    SilentRun run(workshop.plan(wine + wide + callbacks), folder);
    REQUIRE(run.fit().outcome == host::Outcome::done);
    std::vector<Weights> contents;
    for (int epoch = 0; epoch < 4; ++epoch) contents.push_back(read_weights(folder / (std::to_string(epoch) + ".safetensors")));
    return contents;
  };
  const auto later = files("true"), at_once = files("false");
  for (std::size_t epoch = 0; epoch < later.size(); ++epoch) {
    INFO("epoch " << epoch);
    CHECK((later[epoch] == at_once[epoch]));
  }
}
