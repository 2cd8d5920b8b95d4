// Sets of weights beside those being trained: averages, frozen parameters, files that are written while the run continues.
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

using Weights = std::map<std::string, std::vector<float>>;

Weights read_weights(const std::filesystem::path& path) {
  const store::TensorFile file(path);
  Weights weights;
  for (const store::StoredTensor& tensor : file.tensors()) {
    std::vector<float>& values = weights[tensor.name];
    values.resize(tensor.bytes.size() / sizeof(float));
    std::memcpy(values.data(), tensor.bytes.data(), tensor.bytes.size());
  }
  return weights;
}

Weights weights_by_name(SilentRun& silent) {
  Weights weights;
  for (const nn::Parameter& parameter : silent.run.model.parameters())
    weights[parameter.name] = {parameter.value.begin(), parameter.value.end()};
  return weights;
}

bool is_statistic(const std::string& name) { return name.find("running_") != std::string::npos; }

double value_of(const std::vector<std::pair<std::string, double>>& numbers, const std::string& name) {
  for (const auto& [each, value] : numbers)
    if (each == name) return value;
  throw std::logic_error("no number " + name);
}

}  // namespace

TEST_CASE("the moving average is the one that its formula gives, and the model at the end") {
  const Workshop workshop;
  SilentRun run(workshop.plan(wine + norm_model + every_step + R"([[callback]]
plugin = "swap_ema_weights"
decay = 0.8
start_step = 5
update_every = 3
)"),
                workshop.path() / "run");
  REQUIRE(run.run.steps_per_epoch() == 9);
  REQUIRE(run.fit().outcome == host::Outcome::done);
  std::map<std::string, std::vector<double>> average;
  for (int step = 8; step <= 36; step += 3)
    for (const auto& [name, values] : read_weights(workshop.path() / "run/w" / (std::to_string(step) + ".safetensors"))) {
      std::vector<double>& mean = average[name];
      if (mean.empty()) mean.assign(values.begin(), values.end());
      for (std::size_t i = 0; i < values.size(); ++i) mean[i] = 0.8 * mean[i] + 0.2 * static_cast<double>(values[i]);
    }
  const Weights last = read_weights(workshop.path() / "run/w/36.safetensors");
  for (const auto& [name, values] : weights_by_name(run)) {
    INFO(name);
    if (is_statistic(name))
      CHECK(values == last.at(name));
    else
      check_near(values, average.at(name));
  }
}

TEST_CASE("what validation was measured with is the model at the end, in its file, and in the test") {
  const Workshop workshop;
  for (const char* between : {"false", "true"}) {
    const std::string callback = "[[callback]]\nplugin = \"swap_ema_weights\"\ndecay = 0.9\nswap_on_epoch = ";
    SilentRun run(workshop.plan(wine + norm_model + callback + between), workshop.path() / "run");
    const train::Result result = run.fit();
    const auto tested = run.test(run.run.data.validation);
    CHECK(value_of(tested, "test_loss") == number(result, "val_loss"));
    run.save_weights(workshop.path() / "model.safetensors");

    SilentRun other(workshop.plan(wine + norm_model + callback + between), workshop.path() / "other");
    other.load_weights(workshop.path() / "model.safetensors");
    CHECK(value_of(other.test(other.run.data.validation), "test_loss") == number(result, "val_loss"));
  }
}

TEST_CASE("prediction uses the averages and gives the model its weights back, also when it fails") {
  const Workshop workshop;
  const std::string text = wine + norm_model + "[[callback]]\nplugin = \"swap_ema_weights\"\ndecay = 0.9\n";
  SilentRun half(workshop.plan(text, {"run.epochs=2"}), workshop.path() / "half");
  half.fit();  // ends with the averages in its model
  SilentRun run(workshop.plan(text), workshop.path() / "half");
  run.restore(workshop.path() / "half/checkpoint.safetensors");
  const auto trained = weights_of(run);
  REQUIRE(trained != weights_of(half));

  std::vector<float> expected, found;
  const auto into = [](std::vector<float>& all) {
    return [&all](std::uint32_t, std::span<const float> outputs) { all.insert(all.end(), outputs.begin(), outputs.end()); };
  };
  half.predict(half.run.data.validation, into(expected));
  run.predict(run.run.data.validation, into(found));
  CHECK(found == expected);
  CHECK(weights_of(run) == trained);

  CHECK_THROWS(run.predict(run.run.data.validation,
                           [](std::uint32_t, std::span<const float>) { throw std::runtime_error("no more room"); }));
  CHECK(weights_of(run) == trained);
}

TEST_CASE("averages, and whether they are in the model, survive a resume bit for bit") {
  const Workshop workshop;
  for (const char* between : {"false", "true"}) {
    const std::string text = wine + norm_model + R"([[callback]]
plugin = "stochastic_weight_averaging"
swa_epoch_start = 1
swa_lr = 0.02
annealing_epochs = 3
[[callback]]
plugin = "swap_ema_weights"
swap_on_epoch = )" + between +
                             "\n";
    INFO("swap_on_epoch = " << between);
    SilentRun whole(workshop.plan(text, {"run.epochs=6"}), workshop.path() / "whole");
    whole.fit();
    SilentRun half(workshop.plan(text, {"run.epochs=3"}), workshop.path() / "half");
    half.fit();
    SilentRun rest(workshop.plan(text, {"run.epochs=6"}), workshop.path() / "half");
    rest.restore(workshop.path() / "half/checkpoint.safetensors");
    rest.fit();
    CHECK(weights_of(whole) == weights_of(rest));
    CHECK(read_text(workshop.path() / "whole/checkpoint.safetensors") ==
          read_text(workshop.path() / "half/checkpoint.safetensors"));
  }
}

TEST_CASE("a file of averages is the model that the run ends with, whatever is in the model when it is saved") {
  const Workshop workshop;
  for (const char* between : {"false", "true"}) {
    const std::string text = wine + norm_model + every_step + R"([[callback]]
plugin = "model_checkpoint"
name = "averages"
filepath = "averages.safetensors"
save_weights_only = true
weights = "ema"
[[callback]]
plugin = "model_checkpoint"
name = "trained"
filepath = "trained.safetensors"
save_weights_only = true
[[callback]]
plugin = "swap_ema_weights"
swap_on_epoch = )" + between +
                             "\n";
    SilentRun run(workshop.plan(text), workshop.path() / "run");
    REQUIRE(run.fit().outcome == host::Outcome::done);
    for (const auto& [name, values] : read_weights(workshop.path() / "run/averages.safetensors")) {
      INFO(name);
      if (!is_statistic(name)) CHECK(values == weights_by_name(run).at(name));
    }
    CHECK((read_weights(workshop.path() / "run/trained.safetensors") == read_weights(workshop.path() / "run/w/36.safetensors")));
    CHECK((read_weights(workshop.path() / "run/trained.safetensors") != weights_by_name(run)));
  }
}

TEST_CASE("full checkpoints hold averages and trained weights apart, also those written later while averages are in the model") {
  const Workshop workshop;
  const std::string text = wine + norm_model + R"([[callback]]
plugin = "swap_ema_weights"
swap_on_epoch = true
[[callback]]
plugin = "snapshot_saver"
dirpath = "snapshots"
save_every_n_epochs = 1
)";
  SilentRun whole(workshop.plan(text), workshop.path() / "whole");
  REQUIRE(whole.fit().outcome == host::Outcome::done);
  SilentRun rest(workshop.plan(text), workshop.path() / "rest");
  rest.restore(workshop.path() / "whole/snapshots/epoch_1_step_18.safetensors");
  REQUIRE(rest.fit().outcome == host::Outcome::done);
  CHECK(weights_of(whole) == weights_of(rest));
}

TEST_CASE("a snapshot in progress is finished before the run is, and no checkpoint depends on which thread writes it") {
  const Workshop workshop;
  const auto train = [&](const std::string& later) {
    const std::string text = wine + norm_model + R"([[callback]]
plugin = "snapshot_saver"
dirpath = "snapshots"
save_every_n_train_steps = 4
keep_last_n_checkpoints = 3
async_checkpoint = )" + later +
                             R"(
[[callback]]
plugin = "model_checkpoint"
filepath = "all/{step}.safetensors"
save_freq = 1
)";
    SilentRun run(workshop.plan(text), workshop.path() / later);
    REQUIRE(run.fit().outcome == host::Outcome::done);
  };
  train("true");
  train("false");
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(workshop.path() / "true")) {
    if (!entry.is_regular_file()) continue;
    INFO(entry.path());
    ++files;
    CHECK((read_text(entry.path()) ==
           read_text(workshop.path() / "false" / entry.path().lexically_relative(workshop.path() / "true"))));
    CHECK(train::checkpoint::position_in(entry.path()).has_value());
  }
  CHECK(files == 3 + 36 + 1);
  CHECK(std::filesystem::exists(workshop.path() / "true/snapshots/epoch_3_step_36.safetensors"));
}

TEST_CASE("averaged weights are the mean over epochs, with statistics of the training data to go with them") {
  const Workshop workshop;
  // One batch of all 142 samples, and batch_norm first: its statistics are those of the data, by hand.
  const std::string model = "[model]\nlayers = [ { type = \"batch_norm\" }, { type = \"dense\", units = 3 } ]\n";
  const std::string text =
      wine + model + every_step + "[[callback]]\nplugin = \"stochastic_weight_averaging\"\nswa_epoch_start = 2\n";
  SilentRun run(workshop.plan(text, {"data.batch_size=142", "data.scaling=none", "run.epochs=5"}), workshop.path() / "run");
  const data::Dataset& samples = run.run.data.training;
  REQUIRE(samples.count == 142);
  REQUIRE(run.fit().outcome == host::Outcome::done);
  const Weights found = weights_by_name(run);
  std::map<std::string, std::vector<double>> mean;
  for (const char* step : {"3", "4", "5"})
    for (const auto& [name, values] : read_weights(workshop.path() / "run/w" / (std::string(step) + ".safetensors"))) {
      mean[name].resize(values.size());
      for (std::size_t i = 0; i < values.size(); ++i) mean[name][i] += static_cast<double>(values[i]) / 3;
    }
  for (const char* name : {"dense_1/weight", "dense_1/bias", "batch_norm_1/weight", "batch_norm_1/bias"}) {
    INFO(name);
    check_near(found.at(name), mean.at(name));
  }
  const auto columns = static_cast<std::size_t>(samples.sample_size());
  std::vector<double> means(columns), variances(columns);
  for (std::size_t column = 0; column < columns; ++column) {
    for (std::size_t row = 0; row < 142; ++row)
      means[column] += static_cast<double>(samples.features[row * columns + column]) / 142;
    for (std::size_t row = 0; row < 142; ++row)
      variances[column] += std::pow(static_cast<double>(samples.features[row * columns + column]) - means[column], 2) / 141;
  }
  check_near(found.at("batch_norm_1/running_mean"), means);
  check_near(found.at("batch_norm_1/running_var"), variances);
}

TEST_CASE("frozen layers stay bit for bit the same until they are unfrozen, with momentum and weight decay, and after a resume") {
  const Workshop workshop;
  const std::string text = wine + norm_model + every_step + R"([[callback]]
plugin = "freeze"
layers = ["dense_1", "batch_norm_1/weight"]
until_epoch = 2
)";
  const std::vector<std::string> settings = {"optimizer.weight_decay=0.1", "run.epochs=4"};
  SilentRun whole(workshop.plan(text, settings), workshop.path() / "whole");
  const Weights before = weights_by_name(whole);
  whole.fit();
  const Weights frozen = read_weights(workshop.path() / "whole/w/18.safetensors");
  const Weights thawed = read_weights(workshop.path() / "whole/w/19.safetensors");
  for (const char* name : {"dense_1/weight", "dense_1/bias", "batch_norm_1/weight"}) {
    INFO(name);
    CHECK(frozen.at(name) == before.at(name));
    CHECK(thawed.at(name) != before.at(name));
  }
  for (const char* name : {"dense_2/weight", "batch_norm_1/bias", "batch_norm_1/running_mean"})
    CHECK(frozen.at(name) != before.at(name));
  for (const char* epochs : {"run.epochs=1", "run.epochs=2", "run.epochs=3"}) {
    INFO(epochs);
    const auto folder = workshop.path() / epochs;
    SilentRun half(workshop.plan(text, {"optimizer.weight_decay=0.1", epochs}), folder);
    half.fit();
    SilentRun rest(workshop.plan(text, settings), folder);
    rest.restore(folder / "checkpoint.safetensors");
    rest.fit();
    CHECK(weights_of(rest) == weights_of(whole));
  }
}

TEST_CASE("clipping to a norm bounds the length of a step of plain descent") {
  const Workshop workshop;
  // Descent without momentum: a step is rate * gradient, so that its length is at most rate * norm.
  std::string text = wine + small_model + every_step;
  text.replace(text.find("momentum = 0.9\n"), 15, "");
  const auto steps = [&](const std::string& name, const std::string& more) {
    SilentRun run(workshop.plan(text + more), workshop.path() / name);
    run.fit();
    std::vector<double> lengths;
    for (int step = 2; step <= 36; ++step) {
      const Weights a = read_weights(workshop.path() / name / "w" / (std::to_string(step - 1) + ".safetensors"));
      double squares = 0;
      for (const auto& [key, values] : read_weights(workshop.path() / name / "w" / (std::to_string(step) + ".safetensors")))
        for (std::size_t i = 0; i < values.size(); ++i) squares += std::pow(static_cast<double>(values[i] - a.at(key)[i]), 2);
      lengths.push_back(std::sqrt(squares));
    }
    return lengths;
  };
  const std::vector<double> free = steps("free", ""),
                            clipped = steps("clipped", "[[callback]]\nplugin = \"gradient_clip\"\nnorm = 0.3\n");
  CHECK(*std::max_element(free.begin(), free.end()) > 0.05 * 0.35);
  for (const double length : clipped) CHECK(length <= 0.05 * 0.3 * 1.0001);
  CHECK(std::count_if(clipped.begin(), clipped.end(), [](double length) { return length > 0.05 * 0.2999; }) > 3);
}
