// Layers out of plugins in a run: they learn, freeze, are divided into shards and resumed like those of nn.
#include <algorithm>

#include "wine_with_layers.hpp"

using namespace treino;
using namespace treino::test;

namespace {

double largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
  REQUIRE(a.size() == b.size());
  double most = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    most = std::max(most, std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
  return most;
}

std::vector<std::string> names_of(SilentRun& silent) {
  std::vector<std::string> names;
  for (const nn::Parameter& parameter : silent.run.model.parameters()) names.push_back(parameter.name);
  return names;
}

std::vector<float> values_of(SilentRun& silent, const std::string& name) {
  for (const nn::Parameter& parameter : silent.run.model.parameters())
    if (parameter.name == name) return {parameter.value.begin(), parameter.value.end()};
  FAIL("no parameter " << name);
  return {};
}

}  // namespace

TEST_CASE("a plugin's layer begins, predicts and learns as the same model out of built-in layers, but for rounding") {
  const LayerWorkshop workshop;
  SilentRun plugin(workshop.plan_of(gated), workshop.path() / "plugin");
  SilentRun builtin(workshop.plan_of(gated_builtin), workshop.path() / "builtin");
  CHECK(names_of(plugin) == std::vector<std::string>{"swiglu_1/gate", "swiglu_1/value", "dense_1/weight", "dense_1/bias"});
  CHECK(weights_of(plugin) == weights_of(builtin));
  const train::Result one = plugin.fit(), other = builtin.fit();
  CHECK(largest_difference(weights_of(plugin), weights_of(builtin)) < 1e-5);
  CHECK(number(one, "val_loss") == Approx(number(other, "val_loss")).epsilon(1e-4));
  CHECK(number(one, "loss") < 0.5);
}

TEST_CASE("weights of a plugin's layer are penalized and limited as those of a built-in one") {
  const LayerWorkshop workshop;
  const std::string out = " }, { type = \"tanh\" }, { type = \"dense\", units = 3 }";
  SilentRun free(workshop.plan_of(layers("{ plugin = \"regularized\", units = 8" + out)), workshop.path() / "free");
  free.fit();
  for (const std::string asked : {"l1 = 0.01", "l2 = 0.02", "max_norm = 0.5", "l1 = 0.003, l2 = 0.004, max_norm = 0.75"}) {
    CAPTURE(asked);
    SilentRun plugin(workshop.plan_of(layers("{ plugin = \"regularized\", units = 8, " + asked + out)),
                     workshop.path() / ("plugin " + asked));
    SilentRun builtin(workshop.plan_of(layers("{ type = \"dense\", bias = false, units = 8, " + asked + out)),
                      workshop.path() / ("builtin " + asked));
    const train::Result one = plugin.fit(), other = builtin.fit();
    CHECK(largest_difference(weights_of(plugin), weights_of(builtin)) < 1e-5);
    CHECK(number(one, "loss") == Approx(number(other, "loss")).epsilon(1e-5));
    CHECK(largest_difference(weights_of(plugin), weights_of(free)) > 1e-2);
  }
}

TEST_CASE("the model knows a plugin's layer by its plugin, its shape, its parameters and its operations") {
  const LayerWorkshop workshop;
  SilentRun silent(workshop.plan_of(branched), workshop.path() / "run");
  const std::vector<nn::LayerInfo>& infos = silent.run.model.layers();
  CHECK(infos[1].type == "swiglu");
  CHECK(infos[1].output == nn::Shape{6});
  CHECK(infos[1].parameters == 2 * 6 * 6);
  CHECK(infos[2].type == "acme/mixture");
  CHECK(infos[2].name == "acme_mixture_1");
  CHECK(infos[2].inputs == std::vector<std::size_t>{0, 1, 0});
  CHECK(infos[2].parameters == 4);
  CHECK(infos[2].trainable == 3);  // one is a constant
  CHECK(values_of(silent, "acme_mixture_1/factor") == std::vector<float>{1, 1.25f, 1.5f});
  CHECK(values_of(silent, "acme_mixture_1/unit") == std::vector<float>{0.5f});
  silent.fit();
  CHECK(values_of(silent, "acme_mixture_1/factor") != std::vector<float>{1, 1.25f, 1.5f});
  CHECK(values_of(silent, "acme_mixture_1/unit") == std::vector<float>{0.5f});
}

TEST_CASE("gradients of a graph with plugins agree with central differences of the loss") {
  const LayerWorkshop workshop;
  SilentRun silent(workshop.plan_of(branched), workshop.path() / "run");
  nn::Model& model = silent.run.model;
  std::vector<float> input(16 * 13), gradient(16 * 3);
  for (std::size_t i = 0; i < input.size(); ++i) input[i] = static_cast<float>((i * 29) % 17) / 17 - 0.5f;
  for (std::size_t i = 0; i < gradient.size(); ++i) gradient[i] = static_cast<float>((i * 13) % 7) / 7 - 0.4f;
  const auto loss = [&] {
    double sum = 0;
    const std::span<const float> output = model.forward(input.data(), 16, nn::Mode::train, 3);
    for (std::size_t i = 0; i < output.size(); ++i) sum += static_cast<double>(output[i]) * static_cast<double>(gradient[i]);
    return sum;
  };
  loss();
  model.backward(gradient.data());
  std::vector<std::vector<float>> found;
  for (const nn::Parameter& one : model.parameters()) found.emplace_back(one.gradient.begin(), one.gradient.end());
  for (std::size_t p = 0; p < found.size(); ++p)
    for (std::size_t i = 0; i < found[p].size(); i += 5) {
      float& value = model.parameters()[p].value[i];
      const float kept = value;
      value = kept + 0.01f;
      const double above = loss();
      value = kept - 0.01f;
      const double below = loss();
      value = kept;
      INFO(model.parameters()[p].name << " " << i);
      CHECK(static_cast<double>(found[p][i]) == Approx((above - below) / 0.02).epsilon(2e-2).margin(2e-3));
    }
}

TEST_CASE("a second backward adds to gradients, or sets them, as the model is asked to") {
  const LayerWorkshop workshop;
  SilentRun silent(workshop.plan_of(gated), workshop.path() / "run");
  nn::Model& model = silent.run.model;
  std::vector<float> input(4 * 13, 0.25f), gradient(4 * 3, 0.5f);
  const auto gate_gradient = [&](bool accumulate) {
    model.forward(input.data(), 4, nn::Mode::train);
    model.backward(gradient.data(), accumulate);
    return static_cast<double>(model.parameters()[0].gradient[0]);
  };
  const double once = gate_gradient(false);
  CHECK(once != 0);
  CHECK(gate_gradient(false) == once);
  CHECK(gate_gradient(true) == Approx(2 * once));
}

TEST_CASE("results are bit for bit the same on any number of threads") {
  const LayerWorkshop workshop;
  CHECK(workshop.trained(branched, "one") == workshop.trained(branched, "three", {"run.threads=3"}));
}

TEST_CASE("a batch in shards trains a plugin's layer as a whole one does, random numbers included") {
  const LayerWorkshop workshop;
  const std::string slowly = "optimizer.learning_rate=0.005";  // products of products: large steps make much of a rounding
  const std::vector<float> whole = workshop.trained(branched, "whole", {slowly});
  for (const char* shards : {"run.shards=2", "run.shards=4"})
    CHECK(largest_difference(whole, workshop.trained(branched, shards, {shards, slowly})) < 1e-5);
}

TEST_CASE("a run with plugins' layers that is continued is bit for bit the run that was not interrupted") {
  const LayerWorkshop workshop;
  const std::vector<float> whole = workshop.trained(branched, "whole", {"run.epochs=4"});
  workshop.trained(branched, "half", {"run.epochs=2"});
  SilentRun rest(workshop.plan_of(branched, {"run.epochs=4"}), workshop.path() / "half");
  rest.restore(workshop.path() / "half/checkpoint.safetensors");
  rest.fit();
  CHECK(weights_of(rest) == whole);
}

TEST_CASE("accumulated batches train a plugin's layer as one batch of all their samples does") {
  const LayerWorkshop workshop;
  const std::vector<std::string> whole = {"data.batch_size=128", "data.drop_last=true", "run.epochs=1"};
  const std::vector<std::string> parts = {"data.batch_size=64", "data.drop_last=true", "run.epochs=1", "run.accumulate=2"};
  CHECK(largest_difference(workshop.trained(gated, "whole", whole), workshop.trained(gated, "parts", parts)) < 1e-5);
}

TEST_CASE(
    "a frozen parameter of a plugin's layer keeps its values while the others learn; frozen whole, the layer is passed over") {
  const LayerWorkshop workshop;
  for (const std::string match : {"swiglu_1/gate", "swiglu_1/*"}) {
    INFO(match);
    SilentRun silent(workshop.plan_of(gated), workshop.path() / "run");
    const std::vector<float> gate = values_of(silent, "swiglu_1/gate"), value = values_of(silent, "swiglu_1/value");
    silent.run.model.set_trainable(0, false);
    if (match == "swiglu_1/*") silent.run.model.set_trainable(1, false);
    silent.fit();
    CHECK(values_of(silent, "swiglu_1/gate") == gate);
    CHECK((values_of(silent, "swiglu_1/value") == value) == (match == "swiglu_1/*"));
  }
}

TEST_CASE("the least layer in C is enough, and never reads an input that it has given away") {
  const LayerWorkshop workshop;
  const std::string twice = layers(
      "{ type = \"dense\", units = 4 }, { plugin = \"plain_layer\" }, { type = \"relu\" }, { type = \"dense\", units = 3 }");
  SilentRun silent(workshop.plan_of(twice), workshop.path() / "run");
  CHECK(number(silent.fit(), "loss") < 0.5);
}

TEST_CASE("a loss is told what a plugin's layer puts out where no other follows") {
  const LayerWorkshop workshop;
  const auto said = [&](const std::string& outputs, const std::string& setting) {
    const std::string model =
        layers("{ type = \"dense\", units = 3 }, { plugin = \"faulty_layer\", fault = \"" + outputs + "\" }");
    return what_is_thrown([&] { SilentRun(workshop.plan_of(model, {setting}), workshop.path() / "run"); });
  };
  CHECK(said("none", "loss.from_logits=true") == "nothing");
  CHECK(contains(said("none", "loss.from_logits=false"), "it takes the probabilities of a softmax"));
  CHECK(contains(said("probabilities", "loss.from_logits=true"), "it takes logits, the model gives probabilities"));
  CHECK(said("probabilities", "loss.from_logits=false") == "nothing");
  CHECK(contains(said("independent probabilities", "loss.from_logits=false"), "it takes the probabilities of a softmax"));
}

TEST_CASE("weights of another model are taken over by a plugin's layer, by name") {
  const LayerWorkshop workshop;
  SilentRun first(workshop.plan_of(gated), workshop.path() / "first");
  first.fit();
  first.save_weights(workshop.path() / "first.safetensors");
  SilentRun second(workshop.plan_of(gated + "weights = { file = \"first.safetensors\", include = [\"swiglu_1/*\"] }\n"),
                   workshop.path() / "second");
  CHECK(values_of(second, "swiglu_1/gate") == values_of(first, "swiglu_1/gate"));
  CHECK(values_of(second, "dense_1/weight") != values_of(first, "dense_1/weight"));
}
