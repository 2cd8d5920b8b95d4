// A layer that is none of nn's: what it is handed in a model, in shards and in a graph.
#include "nn/layers/foreign_layer.hpp"

#include <algorithm>
#include <set>
#include <tuple>

#include "nn_helpers.hpp"
#include "support/catch.hpp"

using namespace treino::nn;
using namespace treino::nn::test;

namespace {

/// Puts out its input plus a parameter, and writes down what it is called with.
class Recorder final : public ForeignLayer {
 public:
  explicit Recorder(bool reads_inputs = true) : ForeignLayer("acme/recorder", 1, 1), reads_inputs_(reads_inputs) {}

  struct Call {
    std::int64_t rows, first_row;
    std::uint64_t seed;
    bool training;
    bool operator==(const Call&) const = default;
  };
  std::vector<Call> forwards, backwards;

  void forward(const Forward& pass) override {
    forwards.push_back({pass.rows, pass.first_row, pass.seed, pass.training});
    for (std::int64_t i = 0; i < pass.rows * size_; ++i) pass.output[i] = pass.inputs[0][i] + pass.parameters[0][i % size_];
    for (std::int64_t i = 0; i < 2 * pass.rows; ++i) pass.workspace[i] = static_cast<float>(100 * pass.first_row + i);
  }
  void backward(const Backward& pass) override {
    backwards.push_back({pass.rows, pass.first_row, pass.seed, true});
    CHECK((pass.inputs[0] != nullptr) == reads_inputs_);
    CHECK(pass.output == nullptr);
    CHECK(pass.parameter_gradients[1] == nullptr);  // of what does not learn
    for (std::int64_t i = 0; i < 2 * pass.rows; ++i) CHECK(pass.workspace[i] == static_cast<float>(100 * pass.first_row + i));
    for (std::int64_t i = 0; i < pass.rows * size_; ++i) {
      if (pass.input_gradients[0] != nullptr) pass.input_gradients[0][i] += pass.output_gradient[i];
      if (pass.parameter_gradients[0] != nullptr) pass.parameter_gradients[0][i % size_] += pass.output_gradient[i];
    }
  }

 private:
  Plan prepare(std::span<const Shape> inputs) override {
    size_ = size_of(inputs[0]);
    return {
        .output = inputs[0],
        .parameters = {{.name = "offset", .shape = {size_}, .values = std::vector<float>(static_cast<std::size_t>(size_), 0.5f)},
                       {.name = "mask", .shape = {2}, .initializer = "ones", .learns = false}},
        .workspace = 2,
        .flops = size_,
        .reads_inputs = reads_inputs_};
  }

  bool reads_inputs_;
  std::int64_t size_ = 0;
};

LayerSpec recorded(const std::shared_ptr<Recorder>& recorder, const std::string& name = "") {
  return {.type = "acme/recorder", .name = name, .foreign = recorder};
}

std::vector<float> ones(std::int64_t count) { return std::vector<float>(static_cast<std::size_t>(count), 1.0f); }

}  // namespace

TEST_CASE("a foreign layer has a name without a slash, its own type, parameters as it begins them, and operations") {
  const auto recorder = std::make_shared<Recorder>();
  Model model({dense(3), recorded(recorder), recorded(recorder)}, {2}, 4, 1);
  CHECK(model.layers()[1].name == "acme_recorder_1");
  CHECK(model.layers()[1].type == "acme/recorder");
  CHECK(model.layers()[1].flops == 3);
  CHECK(parameter(model, "acme_recorder_2/offset").value[2] == 0.5f);
  CHECK(parameter(model, "acme_recorder_1/mask").gradient.empty());
  CHECK(parameter(model, "acme_recorder_1/mask").value[1] == 1);
  Model loaded({dense(3), recorded(recorder)}, {2}, 4, 1, 1, InitialValues::zero);
  CHECK(all_zero(parameter(loaded, "acme_recorder_1/offset").value));
}

TEST_CASE("each shard of a foreign layer is handed its rows of the batch, and one seed for all of a step") {
  const auto recorder = std::make_shared<Recorder>();
  Model model({dense(3), recorded(recorder)}, {2}, 8, 1, 1, InitialValues::drawn, {.shards = 4});
  const std::vector<float> input = ones(16), gradient = ones(24);
  model.forward(input.data(), 7, Mode::train, 5);
  model.backward(gradient.data());
  REQUIRE(recorder->forwards.size() == 4);
  CHECK(recorder->forwards == recorder->backwards);
  std::int64_t next = 0;
  for (const Recorder::Call& call : recorder->forwards) {
    CHECK(call.first_row == next);
    CHECK(call.seed == recorder->forwards[0].seed);
    next += call.rows;
  }
  CHECK(next == 7);
  CHECK(parameter(model, "acme_recorder_1/offset").gradient[0] == 7);
}

TEST_CASE("the seed of a foreign layer is another one in each step, layer and run, and the same in a run that is repeated") {
  std::set<std::uint64_t> seeds;
  for (const std::uint64_t run : {1, 2}) {
    const auto recorder = std::make_shared<Recorder>();
    Model model({recorded(recorder), recorded(recorder)}, {2}, 2, run);
    const std::vector<float> input = ones(4);
    for (const std::uint64_t step : {0, 1, 0}) model.forward(input.data(), 2, Mode::train, step);
    for (const Recorder::Call& call : recorder->forwards) seeds.insert(call.seed);
  }
  CHECK(seeds.size() == 2 * 2 * 2);
}

TEST_CASE(
    "gradients of a foreign layer are added where branches meet, left out where nobody wants them, and set again in each step") {
  const auto recorder = std::make_shared<Recorder>(false);
  LayerSpec sum = layer("add");
  sum.inputs = {"a", "r", "r"};
  LayerSpec first = dense(2, "ones");
  first.name = "a";
  Model model({first, recorded(recorder, "r"), sum}, {3}, 2, 1);
  const std::vector<float> input = ones(6), gradient = ones(4);
  for (int step = 0; step < 2; ++step) {
    model.forward(input.data(), 2, Mode::train);
    model.backward(gradient.data());
    CHECK(parameter(model, "a/bias").gradient[0] == 6);  // of two samples, by itself and twice through the layer
    CHECK(parameter(model, "r/offset").gradient[0] == 4);
  }
  model.forward(input.data(), 2, Mode::train);
  model.backward(gradient.data(), true);
  CHECK(parameter(model, "r/offset").gradient[0] == 8);
  model.set_trainable(2, false);  // its offset
  model.forward(input.data(), 2, Mode::train);
  model.backward(gradient.data());
  CHECK(parameter(model, "r/offset").gradient[0] == 0);
  CHECK(parameter(model, "a/bias").gradient[0] == 6);
}

TEST_CASE("what a foreign layer refuses is the network's error at that layer, in its own words") {
  class Refuser final : public ForeignLayer {
   public:
    Refuser() : ForeignLayer("refuser", 1, 1) {}
    void forward(const Forward&) override {}
    void backward(const Backward&) override {}

   private:
    Plan prepare(std::span<const Shape>) override { throw std::runtime_error("refuser_1: not this one"); }
  };
  try {
    Model({dense(3), {.type = "refuser", .name = "", .foreign = std::make_shared<Refuser>()}}, {2}, 4, 1);
    FAIL("nothing was refused");
  } catch (const ShapeError& error) {
    CHECK(error.layer() == 1);
    CHECK(std::string(error.what()) == "refuser_1: not this one");
  }
}
