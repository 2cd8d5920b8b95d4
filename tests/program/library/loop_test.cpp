// Plugins round a loop that Treino does not run. What they decide is held against the same decisions made by hand.
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <cstdlib>
#include <numeric>
#include <sstream>
#include <string>
#include <vector>

#include "program/library/softmax_regression.hpp"
#include "support/catch.hpp"

using namespace treino;
using namespace treino::test;
namespace fs = std::filesystem;

namespace {

const std::string schedule =
    "[run]\nname = \"own\"\nepochs = 6\n[[scheduler]]\nplugin = \"cosine_annealing\"\nt_max = 120\nunit = "
    "\"step\"\n[[metric]]\nplugin = "
    "\"accuracy\"\n";

std::string with(const std::string& more) { return schedule + more; }

/// The same training without Treino.
struct ByHand {
  SoftmaxRegression model;
  std::vector<double> validation_losses, losses, accuracies;
  explicit ByHand(const LoopData& data, int epochs) {
    int step = 0;
    for (int epoch = 0; epoch < epochs; ++epoch) {
      double sum = 0, right = 0;
      for (std::size_t b = 0; b < data.batches(); ++b, ++step) {
        const float* x = &data.x[b * data.batch * 64];
        const std::int64_t* y = &data.y[b * data.batch];
        sum += model.forward(x, y, data.batch);
        for (std::size_t i = 0; i < data.batch; ++i) {
          const float* p = &model.probabilities[i * 10];
          right += std::max_element(p, p + 10) - p == y[i] ? 1 : 0;
        }
        model.backward(x, y, data.batch);
        model.step(rate(step));
      }
      losses.push_back(sum / static_cast<double>(data.batches()));
      accuracies.push_back(right / static_cast<double>(data.y.size()));
      double validation = 0;
      for (std::size_t b = 0; b < data.validation_batches(); ++b)
        validation += model.forward(&data.validation_x[b * data.batch * 64], &data.validation_y[b * data.batch], data.batch);
      validation_losses.push_back(validation / static_cast<double>(data.validation_batches()));
    }
  }
  /// cosine_annealing's formula, with minimum 0.
  static double rate(int step) { return 0.1 * (1 + std::cos(M_PI * step / 120)) / 2; }
};

std::vector<std::string> lines_of(const fs::path& file) {
  std::istringstream text(read_text(file));
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

}  // namespace

TEST_CASE("every step's learning rate, the losses, the metrics and the weights are those of the same loop by hand") {
  const TemporaryFolder folder;
  const LoopData data;
  const ByHand expected(data, 6);
  SoftmaxRegression model;
  Loop loop = loop_of(with("[[callback]]\nplugin = \"csv_logger\"\nfilename = \"history.csv\"\n"), folder / "run", model);
  Seen seen;
  const Result result = train(loop, model, data, &seen);
  CHECK(result.outcome == Outcome::done);
  CHECK(result.epochs == 6);
  REQUIRE(seen.learning_rates.size() == 120);
  for (int step = 0; step < 120; ++step)
    CHECK(seen.learning_rates[static_cast<std::size_t>(step)] == Approx(ByHand::rate(step)).margin(1e-15));
  CHECK(model.weight == expected.model.weight);
  for (std::size_t epoch = 0; epoch < 6; ++epoch)
    CHECK(seen.validation_losses[epoch] == Approx(expected.validation_losses[epoch]));
  CHECK(result["loss"] == Approx(expected.losses[5]));
  CHECK(result["accuracy"] == Approx(expected.accuracies[5]));

  const std::vector<std::string> lines = lines_of(folder / "run/history.csv");
  REQUIRE(lines.size() == 7);
  CHECK(lines[0] == "epoch,loss,accuracy,val_loss,val_accuracy");
  for (const char* file : {"model.safetensors", "checkpoint.safetensors", "summary.json", "log.jsonl", "manifest.toml"})
    CHECK(fs::exists(folder / "run" / file));
}

TEST_CASE("early_stopping stops where the same rule by hand does, and the rest of the epoch is not trained") {
  const TemporaryFolder folder;
  const LoopData data;
  const ByHand by_hand(data, 6);
  // Keras' rule with min_delta 0.05 and patience 1.
  double best = HUGE_VAL;
  std::size_t wait = 0, stopped = 0;
  for (std::size_t epoch = 0; epoch < 6 && stopped == 0; ++epoch) {
    if (by_hand.validation_losses[epoch] < best - 0.05) {
      best = by_hand.validation_losses[epoch];
      wait = 0;
    } else if (++wait >= 1 && epoch > 0) {
      stopped = epoch + 1;
    }
  }
  REQUIRE(stopped > 1);
  REQUIRE(stopped < 6);
  SoftmaxRegression model;
  Loop loop = loop_of(with("[[callback]]\nplugin = \"early_stopping\"\nmonitor = \"val_loss\"\nmin_delta = 0.05\npatience = 1\n"),
                      folder / "run", model);
  const Result result = train(loop, model, data);
  CHECK(result.outcome == Outcome::early_stopped);
  CHECK(result.epochs == stopped);
  CHECK(model.weight == ByHand(data, static_cast<int>(stopped)).model.weight);
}

TEST_CASE("averages of the weights take part in the validation") {
  const TemporaryFolder folder;
  const LoopData data;
  SoftmaxRegression model;
  Loop loop = loop_of(with("[[callback]]\nplugin = \"swap_ema_weights\"\ndecay = 0.9\n"), folder / "averaged", model);
  Seen seen;
  const Result result = train(loop, model, data, &seen);
  CHECK(result.outcome == Outcome::done);
  const ByHand plain(data, 6);
  // The first epoch's validation is of the average: d * average + (1 - d) * weights after each step, the first a copy.
  SoftmaxRegression by_hand;
  std::vector<float> average;
  int step = 0;
  for (std::size_t b = 0; b < data.batches(); ++b, ++step) {
    by_hand.forward(&data.x[b * data.batch * 64], &data.y[b * data.batch], data.batch);
    by_hand.backward(&data.x[b * data.batch * 64], &data.y[b * data.batch], data.batch);
    by_hand.step(ByHand::rate(step));
    if (average.empty()) {
      average = by_hand.weight;
    } else {
      for (std::size_t i = 0; i < average.size(); ++i) average[i] = 0.9f * average[i] + 0.1f * by_hand.weight[i];
    }
  }
  by_hand.weight = average;
  double sum = 0;
  for (std::size_t b = 0; b < data.validation_batches(); ++b)
    sum += by_hand.forward(&data.validation_x[b * data.batch * 64], &data.validation_y[b * data.batch], data.batch);
  CHECK(seen.validation_losses[0] == Approx(sum / static_cast<double>(data.validation_batches())).epsilon(1e-5));
  CHECK(seen.validation_losses[0] != Approx(plain.validation_losses[0]).epsilon(1e-5));
}

TEST_CASE("a validation that the program breaks off leaves the weights that were trained") {
  const TemporaryFolder folder;
  const LoopData data;
  SoftmaxRegression model;
  std::vector<float> trained, seen;
  {
    Loop loop = loop_of(with("[[callback]]\nplugin = \"swap_ema_weights\"\ndecay = 0.9\n"), folder / "run", model);
    loop.begin(data.setup());
    CHECK(loop.epoch());
    for (std::size_t b = 0; b < data.batches(); ++b) {
      CHECK(loop.batch(data.batch));
      const double loss = model.forward(&data.x[b * data.batch * 64], &data.y[b * data.batch], data.batch);
      model.backward(&data.x[b * data.batch * 64], &data.y[b * data.batch], data.batch);
      loop.metrics(model.probabilities.data(), &data.y[b * data.batch]);
      if (loop.step(loss)) model.step(loop.learning_rate());
      loop.step_done();
    }
    trained = model.weight;
    const auto broken = [&](auto&) {
      seen = model.weight;
      throw std::runtime_error("no data today");
    };
    CHECK_THROWS_WITH(loop.validate(broken), "no data today");
  }
  CHECK((seen != trained));  // the average
  CHECK((model.weight == trained));
  CHECK(read_text(folder / "run/summary.json").find("the program has left its loop") != std::string::npos);
}

TEST_CASE("a callback may refuse a step") {
  const TemporaryFolder folder;
  const LoopData data;
  SoftmaxRegression model;
  Loop loop = loop_of(with("[[callback]]\nplugin = \"terminate_on_nan\"\ncheck = \"gradients\"\naction = \"skip_step\"\n"),
                      folder / "run", model);
  loop.begin(data.setup());
  CHECK(loop.epoch());
  for (int number = 0; number < 3; ++number) {
    CHECK(loop.batch(data.batch));
    const double loss = model.forward(data.x.data(), data.y.data(), data.batch);
    model.backward(data.x.data(), data.y.data(), data.batch);
    if (number == 1) model.gradient[5] = std::nanf("");
    loop.metrics(model.probabilities.data(), data.y.data());
    CHECK(loop.step(loss) == (number != 1));
    if (number != 1) model.step(loop.learning_rate());
    loop.step_done();
  }
  // The schedule counts steps, not batches: two have been taken.
  CHECK(loop.batch(data.batch));
  CHECK(loop.learning_rate() == Approx(ByHand::rate(2)));
}

TEST_CASE("killed at any moment, the loop continues to the same bytes of weights and history") {
  const TemporaryFolder folder;
  const LoopData data;
  const std::string manifest = with(
      "[[callback]]\nplugin = \"csv_logger\"\nfilename = \"history.csv\"\n"
      "[[callback]]\nplugin = \"backup_and_restore\"\nbackup_dir = \"backup\"\nsave_freq = 7\n");
  SoftmaxRegression whole;
  {
    Loop loop = loop_of(manifest, folder / "whole", whole);
    train(loop, whole, data);
  }
  std::srand(7);
  for (int kill_at = 0; kill_at < 10; ++kill_at) {
    const fs::path run = folder / ("killed" + std::to_string(kill_at));
    const int moment = std::rand() % 119 + 1;
    INFO("killed before step " << moment);
    const pid_t child = fork();
    if (child == 0) {
      SoftmaxRegression model;
      Loop loop = loop_of(manifest, run, model);
      loop.begin(data.setup());
      int step = 0;
      while (loop.epoch())
        for (std::size_t b = 0; b < data.batches(); ++b) {
          if (!loop.batch(data.batch)) continue;
          if (++step == moment) kill(getpid(), SIGKILL);
          const double loss = model.forward(&data.x[b * data.batch * 64], &data.y[b * data.batch], data.batch);
          model.backward(&data.x[b * data.batch * 64], &data.y[b * data.batch], data.batch);
          loop.metrics(model.probabilities.data(), &data.y[b * data.batch]);
          if (loop.step(loss)) model.step(loop.learning_rate());
          loop.step_done();
          if (b + 1 < data.batches()) continue;
          loop.validate([&](auto& validation) {
            for (std::size_t v = 0; v < data.validation_batches(); ++v) {
              const double value =
                  model.forward(&data.validation_x[v * data.batch * 64], &data.validation_y[v * data.batch], data.batch);
              validation.add(data.batch, value, model.probabilities.data(), &data.validation_y[v * data.batch]);
            }
          });
        }
      _exit(1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    REQUIRE(WIFSIGNALED(status));
    SoftmaxRegression model;
    Loop loop = loop_of(manifest, run, model);
    CHECK(train(loop, model, data).outcome == Outcome::done);
    CHECK((model.weight == whole.weight));
    CHECK((read_text(run / "history.csv") == read_text(folder / "whole/history.csv")));
  }
}

TEST_CASE("a run that is interrupted is saved and continues") {
  const TemporaryFolder folder;
  const LoopData data;
  SoftmaxRegression whole;
  {
    Loop loop = loop_of(schedule, folder / "whole", whole);
    train(loop, whole, data);
  }
  {
    SoftmaxRegression model;
    Loop loop = loop_of(schedule, folder / "run", model);
    loop.begin(data.setup());
    CHECK(loop.epoch());
    CHECK(loop.batch(data.batch));
    const double loss = model.forward(data.x.data(), data.y.data(), data.batch);
    model.backward(data.x.data(), data.y.data(), data.batch);
    loop.metrics(model.probabilities.data(), data.y.data());
    loop.interrupt();
    if (loop.step(loss)) model.step(loop.learning_rate());
    loop.step_done();
    CHECK_FALSE(loop.batch(data.batch));
    CHECK_FALSE(loop.epoch());
    const Result result = loop.end();
    CHECK(result.outcome == Outcome::interrupted);
    CHECK(result.reason == "the program");
  }
  SoftmaxRegression model;
  Loop loop = loop_of(schedule, folder / "run", model);
  CHECK(train(loop, model, data).outcome == Outcome::done);
  CHECK((model.weight == whole.weight));
}

TEST_CASE("a loop that the program leaves before its last epoch has stopped early") {
  const TemporaryFolder folder;
  const LoopData data;
  SoftmaxRegression model;
  Loop loop = loop_of(schedule, folder / "run", model);
  CHECK_THROWS_WITH(loop.parameter("\xff", {10, 64}, model.weight.data()), "'\\xff': a name is UTF-8 without control characters");
  loop.begin(data.setup());
  const Result result = loop.end();
  CHECK(result.outcome == Outcome::early_stopped);
  CHECK(result.epochs == 0);
  CHECK(result.reason == "the program has ended its loop");
}

TEST_CASE("the steps of [run] end an own loop too, the rest of their epoch's batches being left out") {
  const TemporaryFolder folder;
  const LoopData data;
  std::string manifest = schedule;
  manifest.replace(manifest.find("epochs = 6"), 10, "steps = 50");
  SoftmaxRegression model, by_hand;
  for (int step = 0; step < 50; ++step) {
    const std::size_t row = static_cast<std::size_t>(step) % data.batches() * data.batch;
    by_hand.forward(&data.x[row * 64], &data.y[row], data.batch);
    by_hand.backward(&data.x[row * 64], &data.y[row], data.batch);
    by_hand.step(ByHand::rate(step));
  }
  Loop loop = loop_of(manifest, folder / "run", model);
  const Result result = train(loop, model, data);
  CHECK(result.outcome == Outcome::done);
  CHECK(result.reason == "all 50 steps are done");
  CHECK(result.epochs == 3);
  CHECK((model.weight == by_hand.weight));
}

TEST_CASE("gradients that move are asked for at each step") {
  const TemporaryFolder folder;
  const LoopData data;
  SoftmaxRegression model;
  int asked = 0;
  std::vector<float> elsewhere(SoftmaxRegression::size);
  Loop loop = Loop::from_text(schedule);
  loop.folder((folder / "run").string()).plugin_folder(PLUGINS).quiet();
  loop.parameter("weight", {10, 64}, model.weight.data(), [&] {
    ++asked;
    elsewhere = model.gradient;
    return elsewhere.data();
  });
  CHECK(train(loop, model, data).outcome == Outcome::done);
  CHECK(asked == 120);
}

TEST_CASE("what the manifest of an own loop may not say, and what such a loop cannot do, is refused with a sentence") {
  const TemporaryFolder folder;
  const LoopData data;
  const auto fault = [&](const std::string& manifest) -> std::string {
    SoftmaxRegression model;
    Loop loop = loop_of(manifest, folder / "run", model);
    try {
      loop.begin(data.setup());
      while (loop.epoch()) break;
      return "";
    } catch (const Error& error) {
      fs::remove_all(folder / "run");
      return error.what();
    }
  };
  CHECK(fault(with("[loss]\nplugin = \"mse\"\n")) ==
        "manifest.toml:10:1: [loss] is the business of the program, whose own loop trains: leave it out");
  CHECK(fault(with("[collective]\nplugin = \"mpi\"\n")) ==
        "manifest.toml:10:1: [collective] is the business of the program, whose own loop trains: leave it out");
  CHECK(fault(with("[model]\nlayers = []\n[data]\ntrain = \"x.csv\"\n[optimizer]\nplugin = \"sgd\"\n")).find("[optimizer]") !=
        std::string::npos);
  const std::vector<std::pair<std::string, std::string>> keys = {{"accumulate", "2"},
                                                                 {"threads", "2"},
                                                                 {"shards", "2"},
                                                                 {"precision", "\"bf16-emulated\""},
                                                                 {"validate_every", "\"9 steps\""},
                                                                 {"validate_first", "true"},
                                                                 {"limit_train", "0.5"},
                                                                 {"limit_validation", "3"},
                                                                 {"overfit_batches", "3"},
                                                                 {"kernels", "\"measured\""}};
  for (const auto& [key, value] : keys) {
    std::string manifest = schedule;
    manifest.replace(manifest.find("epochs"), 0, key + " = " + value + "\n");
    INFO(key);
    CHECK(fault(manifest).find("manifest.toml:3:" + std::to_string(key.size() + 4) + ": " + key +
                               " of [run] is the business of the program") == 0);
  }
  CHECK(fault(with("[[callback]]\nplugin = \"early_stopping\"\nmonitor = \"val_f1\"\n")).find("there is no scalar 'val_f1'") !=
        std::string::npos);
}

TEST_CASE("callbacks that need what such a loop does not offer are refused with their places, together with all other faults") {
  const TemporaryFolder folder;
  const LoopData data;
  SoftmaxRegression model;
  const std::string no = ", which a training loop of the program's own does not offer: leave it out";
  Loop loop = loop_of(with("[[callback]]\nplugin = \"module_summary\"\n"
                           "[[callback]]\nplugin = \"profiler\"\n"
                           "[[callback]]\nplugin = \"lr_finder\"\n"
                           "[[callback]]\nplugin = \"freeze\"\nlayers = [\"w*\"]\n"
                           "[[callback]]\nplugin = \"stochastic_weight_averaging\"\n"
                           "[[callback]]\nplugin = \"tensorboard\"\nwrite_graph = true\n"
                           "[[callback]]\nplugin = \"csv_logger\"\nfilename = \"x.csv\"\nappnd = true\n"),
                      folder / "run", model);
  try {
    loop.begin(data.setup());
    FAIL("not refused");
  } catch (const Error& error) {
    CHECK(error.is_bad_input());
    std::vector<std::string> lines;
    std::istringstream text(error.what());
    for (std::string line; std::getline(text, line);) lines.push_back(line.substr(0, line.find(". Did you mean")));
    CHECK(lines == std::vector<std::string>{
                       "manifest.toml:11:10: module_summary needs the model's layers" + no,
                       "manifest.toml:13:10: profiler needs the model's layers" + no,
                       "manifest.toml:15:10: lr_finder needs trial steps" + no,
                       "manifest.toml:17:10: freeze needs to freeze parameters" + no,
                       "manifest.toml:20:10: stochastic_weight_averaging needs batch_norm's statistics to be estimated" + no,
                       "manifest.toml:23:1: tensorboard's write_graph needs the model's layers" + no,
                       "manifest.toml:27:1: csv_logger has no parameter 'appnd'"});
  }
  CHECK_FALSE(fs::exists(folder / "run"));
}

TEST_CASE("a callback that shows layers besides does without them in such a loop") {
  const TemporaryFolder folder;
  const LoopData data;
  const auto run = [&](const std::string& manifest) {
    SoftmaxRegression model;
    Loop loop = loop_of(manifest, folder / "run", model);
    return train(loop, model, data).outcome;
  };
  CHECK(run(with("[[callback]]\nplugin = \"tensorboard\"\n[[callback]]\nplugin = \"html_report\"\n")) == Outcome::done);
  const std::string page = read_text(folder / "run/report.html");
  CHECK(page.find("<h2>Model</h2>") == std::string::npos);
  CHECK(page.find("val_loss") != std::string::npos);
  // Continued: the folder's manifest spells out write_graph = true, which nobody has asked for.
  CHECK(run(schedule) == Outcome::done);
}

TEST_CASE("calls out of order, and sizes that do not fit, are refused and end nothing") {
  const TemporaryFolder folder;
  const LoopData data;
  SoftmaxRegression model;
  Loop loop = loop_of(schedule, folder / "run", model);
  CHECK_THROWS_WITH(loop.epoch(), "epoch cannot be called before begin");
  CHECK_THROWS_WITH(loop.parameter("weight", {10, 64}, model.weight.data()), "there are two parameters of the name 'weight'");
  CHECK_THROWS_WITH(loop.parameter("treino.x", {1}, model.weight.data()), ContainsSubstring("are Treino's"));
  CHECK_THROWS_WITH(loop.parameter("", {1}, model.weight.data()), "treino_loop_parameter: the name is missing");
  CHECK_THROWS_WITH(loop.parameter("x", {0}, model.weight.data()), "the parameter 'x' cannot have a dimension of 0");
  LoopSetup bad = data.setup();
  bad.batches_per_epoch = 0;
  CHECK_THROWS_WITH(loop.begin(bad), ContainsSubstring("batches_per_epoch"));
  bad = data.setup();
  bad.class_names = {"one"};
  CHECK_THROWS_WITH(loop.begin(bad), "treino_loop_setup: 1 class_names for 10 classes");
  loop.begin(data.setup());
  CHECK_THROWS_WITH(loop.begin(data.setup()), "begin cannot be called between two epochs");
  CHECK_THROWS_WITH(loop.step(1), "step cannot be called between two epochs");
  CHECK(loop.epoch());
  CHECK_THROWS_WITH(loop.batch(51), "a batch of 51 samples; begin was told of at most 50");
  CHECK(loop.batch(50));
  CHECK_THROWS_WITH(loop.step(1), ContainsSubstring("predictions have not been given"));
  std::vector<std::int64_t> labels(50, 10);
  model.forward(data.x.data(), data.y.data(), 50);
  CHECK_THROWS_WITH(loop.metrics(model.probabilities.data(), labels.data()),
                    "metrics: label 1 of the batch is 10; the classes are 0 to 9");
  CHECK_THROWS_WITH(loop.metrics(model.probabilities.data(), model.probabilities.data()),
                    ContainsSubstring("labels are expected"));
  loop.metrics(model.probabilities.data(), data.y.data());
  CHECK_THROWS_WITH(loop.metrics(model.probabilities.data(), data.y.data()),
                    "metrics cannot be called within a batch, after metrics");
  CHECK(loop.step(1));
  loop.step_done();
  // One batch of twenty: the epoch cannot end here.
  CHECK_THROWS_WITH(loop.epoch(), "the epoch had 1 batches, and begin was told of 20");
  CHECK_THROWS_WITH(loop.end(), "end cannot be called after the run's end");
  CHECK(fs::exists(folder / "run/summary.json"));
}

TEST_CASE("what the program's own functions throw comes through, and the run ends as failed") {
  const TemporaryFolder folder;
  const LoopData data;
  SoftmaxRegression model;
  Loop loop = Loop::from_text(with("[[callback]]\nplugin = \"backup_and_restore\"\nbackup_dir = \"backup\"\nsave_freq = 2\n"));
  loop.folder((folder / "run").string()).plugin_folder(PLUGINS).quiet();
  loop.parameter("weight", {10, 64}, model.weight.data(), model.gradient.data());
  loop.state([]() -> std::string { throw std::runtime_error("no state today"); }, [](const std::string&) {});
  CHECK_THROWS_WITH(train(loop, model, data), "no state today");
}
