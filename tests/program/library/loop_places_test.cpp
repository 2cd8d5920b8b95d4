// Parameters that lie on another device, and predictions that are not what the program says they are.
#include <cmath>
#include <string>
#include <vector>

#include "program/library/softmax_regression.hpp"
#include "support/catch.hpp"

using namespace treino;
using namespace treino::test;
namespace fs = std::filesystem;

namespace {

const std::string plain =
    "[run]\nname = \"own\"\nepochs = 3\n[[metric]]\nplugin = \"accuracy\"\n"
    "[[callback]]\nplugin = \"csv_logger\"\nfilename = \"history.csv\"\n";

/// Reads weights and gradients after each step, changes gradients, swaps averages in for the validation, and saves.
const std::string looking = plain +
                            "[[callback]]\nplugin = \"swap_ema_weights\"\ndecay = 0.9\n"
                            "[[callback]]\nplugin = \"gradient_clip\"\nnorm = 0.05\n"
                            "[[callback]]\nplugin = \"backup_and_restore\"\nbackup_dir = \"backup\"\nsave_freq = 7\n";

/// A model whose arrays count as another device's memory: nothing of Treino's has a pointer to them.
struct Device {
  SoftmaxRegression model;
  int out = 0, in = 0, gradient_out = 0, gradient_in = 0;
  Copies copies() {
    return {[this](float* to) { ++out, std::copy(model.weight.begin(), model.weight.end(), to); },
            [this](const float* from) { ++in, std::copy_n(from, model.weight.size(), model.weight.begin()); },
            [this](float* to) { ++gradient_out, std::copy(model.gradient.begin(), model.gradient.end(), to); },
            [this](const float* from) { ++gradient_in, std::copy_n(from, model.gradient.size(), model.gradient.begin()); }};
  }
};

Loop loop_on(Device& device, const std::string& manifest, const fs::path& folder) {
  Loop loop = Loop::from_text(manifest);
  loop.folder(folder.string()).plugin_folder(PLUGINS).quiet();
  loop.parameter("weight", {10, 64}, device.copies());
  loop.state([&device] { return device.model.state(); }, [&device](const std::string& bytes) { device.model.set_state(bytes); });
  return loop;
}

}  // namespace

TEST_CASE("a device's weights are copied for the file at the end, and at no step where no plugin reads them") {
  const TemporaryFolder folder;
  const LoopData data;
  SoftmaxRegression in_place;
  Loop expected = loop_of(plain, folder / "in_place", in_place);
  train(expected, in_place, data);
  Device device;
  Loop loop = loop_on(device, plain, folder / "device");
  CHECK(train(loop, device.model, data).outcome == Outcome::done);
  CHECK((device.model.weight == in_place.weight));
  CHECK((read_text(folder / "device/model.safetensors") == read_text(folder / "in_place/model.safetensors")));
  CHECK(device.out == 1);
  CHECK(device.in + device.gradient_out + device.gradient_in == 0);
}

TEST_CASE("callbacks see and change a device's weights and gradients as they do those in place") {
  const TemporaryFolder folder;
  const LoopData data;
  SoftmaxRegression in_place;
  Loop expected = loop_of(looking, folder / "in_place", in_place);
  train(expected, in_place, data);
  Device device;
  Loop loop = loop_on(device, looking, folder / "device");
  CHECK(train(loop, device.model, data).outcome == Outcome::done);
  CHECK((device.model.weight == in_place.weight));
  for (const char* file : {"model.safetensors", "history.csv"}) {
    INFO(file);
    CHECK((read_text(folder / "device" / file) == read_text(folder / "in_place" / file)));
  }
  CHECK(device.gradient_out == 60);
  CHECK(device.gradient_in > 0);
  CHECK(device.in >= 6);  // into three validations and out of them
}

TEST_CASE("a run with weights on a device continues from its checkpoint") {
  const TemporaryFolder folder;
  const LoopData data;
  Device whole;
  {
    Loop loop = loop_on(whole, looking, folder / "whole");
    train(loop, whole.model, data);
  }
  {
    Device device;
    Loop loop = loop_on(device, looking, folder / "run");
    loop.begin(data.setup());
    CHECK(loop.epoch());
    for (std::size_t b = 0; b < 10; ++b) {
      CHECK(loop.batch(data.batch));
      const double loss = device.model.forward(&data.x[b * data.batch * 64], &data.y[b * data.batch], data.batch);
      device.model.backward(&data.x[b * data.batch * 64], &data.y[b * data.batch], data.batch);
      loop.metrics(device.model.probabilities.data(), &data.y[b * data.batch]);
      if (b == 9) loop.interrupt();
      if (loop.step(loss)) device.model.step(loop.learning_rate());
      loop.step_done();
    }
    CHECK_FALSE(loop.epoch());
    CHECK(loop.end().outcome == Outcome::interrupted);
  }
  Device device;
  Loop loop = loop_on(device, looking, folder / "run");
  CHECK(train(loop, device.model, data).outcome == Outcome::done);
  CHECK((device.model.weight == whole.model.weight));
  CHECK((read_text(folder / "run/history.csv") == read_text(folder / "whole/history.csv")));
}

TEST_CASE("what a copying function throws comes through, and the run ends as failed") {
  const TemporaryFolder folder;
  const LoopData data;
  Device device;
  Loop loop = Loop::from_text(looking);
  loop.folder((folder / "run").string()).plugin_folder(PLUGINS).quiet();
  Copies copies = device.copies();
  copies.gradient_out = [](float*) { throw std::runtime_error("the device is gone"); };
  loop.parameter("weight", {10, 64}, copies);
  CHECK_THROWS_WITH(train(loop, device.model, data), "the device is gone");
  CHECK(read_text(folder / "run/summary.json").find("could not copy the gradient of weight") != std::string::npos);
}

TEST_CASE("functions that copy are given in pairs, and in place of pointers") {
  Device device;
  Loop loop = Loop::from_text(plain);
  Copies copies = device.copies();
  copies.in = nullptr;
  const std::string together = ": copy_out and copy_in, copy_gradient_out and copy_gradient_in belong together";
  CHECK_THROWS_WITH(loop.parameter("a", {10, 64}, copies), "the parameter 'a'" + together);
  copies = device.copies();
  copies.gradient_in = nullptr;
  CHECK_THROWS_WITH(loop.parameter("a", {10, 64}, copies), "the parameter 'a'" + together);
  CHECK_THROWS_WITH(loop.parameter("a", {10, 64}, Copies{}), "the parameter 'a' has no values, and no functions that copy them");
}

TEST_CASE("predictions of a first batch that differ from what begin was given are refused, and may be given again") {
  const TemporaryFolder folder;
  const LoopData data;
  SoftmaxRegression model;
  LoopSetup setup = data.setup();
  std::vector<float> predictions(data.batch * 10, 0.1f);
  const auto refusal = [&](const LoopSetup& told) {
    Loop loop = loop_of(plain, folder / "run", model);
    loop.begin(told);
    CHECK(loop.epoch());
    CHECK(loop.batch(data.batch));
    std::string text;
    try {
      loop.metrics(predictions.data(), data.y.data());
    } catch (const Error& error) {
      CHECK(error.is_bad_input());
      text = error.what();
      std::fill(predictions.begin(), predictions.end(), setup.prediction == TREINO_PREDICTION_LOGITS ? 2.0f : 0.1f);
      loop.metrics(predictions.data(), data.y.data());
    }
    CHECK(loop.step(1));
    loop.step_done();
    fs::remove_all(folder / "run");
    return text;
  };
  CHECK(refusal(setup).empty());
  predictions[13] = -1.5f;
  CHECK(refusal(setup) ==
        "metrics: row 2 of the predictions holds -1.5, which is no probability: give probabilities, or tell begin that "
        "predictions are "
        "TREINO_PREDICTION_LOGITS (before the softmax) or TREINO_PREDICTION_VALUES");
  predictions[1] = 0.9f;
  CHECK(refusal(setup) ==
        "metrics: row 1 of the predictions adds up to 1.8, not 1: give a softmax's probabilities, or tell begin that the outputs "
        "are "
        "independent");
  predictions[1] = NAN;  // diverged, which is not what this is about
  CHECK(refusal(setup).empty());
  std::fill(predictions.begin(), predictions.end(), 0.1f);
  setup.prediction = TREINO_PREDICTION_LOGITS;
  CHECK(
      refusal(setup) ==
      "metrics: every row of the predictions adds up to 1, as probabilities do, and begin was told that they are logits: tell it "
      "TREINO_PREDICTION_PROBABILITIES, or give what comes before the softmax");
}
