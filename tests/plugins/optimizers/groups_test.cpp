// [optimizer] in a run: groups of parameters, who decays by default, momenta of schedulers, and checkpoints of other releases.
#include <algorithm>
#include <cmath>

#include "support/replaced.hpp"
#include "unit/train/workshop.hpp"

using namespace treino;
using namespace treino::test;

namespace {

/// Large batches of the wine data, without a gradient that could hide a decay: a learning rate of a loss that is constant.
std::string manifest_with(const std::string& optimizer, const std::string& model = norm_model) {
  const std::size_t begin = wine.find("[optimizer]"), end = wine.find("[loss]");
  return wine.substr(0, begin) + "[optimizer]\n" + optimizer + wine.substr(end) + model;
}

/// By how much a step without gradients shrinks each parameter.
std::vector<std::pair<std::string, double>> decays_of(const Workshop& workshop, const std::string& optimizer,
                                                      const std::string& model = norm_model) {
  SilentRun silent(workshop.plan(manifest_with("plugin = \"sgd\"\nlearning_rate = 0.5\n" + optimizer, model)),
                   workshop.path() / "run");
  std::vector<std::pair<std::string, double>> decays;
  for (nn::Parameter& one : silent.run.model.parameters()) std::fill(one.value.begin(), one.value.end(), 1.0f);
  silent.run.optimizer.step(0.5);
  for (const nn::Parameter& one : silent.run.model.parameters())
    if (!one.gradient.empty()) decays.emplace_back(one.name, 1 - static_cast<double>(one.value[0]));
  return decays;
}

using Decays = std::vector<std::pair<std::string, double>>;

}  // namespace

TEST_CASE("by default weights decay, and biases and what belongs to norms do not") {
  const Workshop workshop;
  CHECK(decays_of(workshop, "weight_decay = 0.5\n") == Decays{{"dense_1/weight", 0.25},
                                                              {"dense_1/bias", 0},
                                                              {"batch_norm_1/weight", 0},
                                                              {"batch_norm_1/bias", 0},
                                                              {"dense_2/weight", 0.25},
                                                              {"dense_2/bias", 0}});
}

TEST_CASE("the scale of a norm over several dimensions does not decay either") {
  const Workshop workshop;
  const std::string model =
      "[model]\nlayers = [ { type = \"dense\", units = 8 }, { type = \"layer_norm\" }, { type = \"dense\", units = 3 } ]\n";
  const Decays decays = decays_of(workshop, "weight_decay = 0.5\n", model);
  CHECK(decays[2] == Decays::value_type{"layer_norm_1/weight", 0});
}

TEST_CASE("a group gives its parameters another decay, biases too, and another learning rate; the first group counts") {
  const Workshop workshop;
  CHECK(decays_of(workshop, "weight_decay = 0.5\n[[optimizer.group]]\nmatch = \"*\"\nweight_decay = 0.25\n") ==
        Decays{{"dense_1/weight", 0.125},
               {"dense_1/bias", 0.125},
               {"batch_norm_1/weight", 0.125},
               {"batch_norm_1/bias", 0.125},
               {"dense_2/weight", 0.125},
               {"dense_2/bias", 0.125}});
  CHECK(decays_of(workshop,
                  "weight_decay = 0.5\n[[optimizer.group]]\nmatch = \"dense_2/*\"\nlearning_rate_factor = 0.5\n"
                  "[[optimizer.group]]\nmatch = \"dense_*/*\"\nweight_decay = 1\n") == Decays{{"dense_1/weight", 0.5},
                                                                                              {"dense_1/bias", 0.5},
                                                                                              {"batch_norm_1/weight", 0},
                                                                                              {"batch_norm_1/bias", 0},
                                                                                              {"dense_2/weight", 0.125},
                                                                                              {"dense_2/bias", 0}});
}

TEST_CASE("a group without a parameter is refused with its place and the names there are") {
  const Workshop workshop;
  const auto said = [&](const std::string& groups) {
    return what_is_thrown([&] {
      SilentRun(workshop.plan(manifest_with("plugin = \"adam\"\nlearning_rate = 0.5\n" + groups)), workshop.path() / "run");
    });
  };
  CHECK(contains(said("[[optimizer.group]]\nmatch = \"dense_2/wieght\"\n"),
                 "train.toml:14:9: match of [[optimizer.group]] 1: \"dense_2/wieght\" matches no parameter that learns. Did you "
                 "mean 'dense_2/weight'? There are: dense_1/weight, dense_1/bias, batch_norm_1/weight, batch_norm_1/bias, "
                 "dense_2/weight, dense_2/bias"));
  CHECK(contains(said("[[optimizer.group]]\nmatch = \"*/running_mean\"\n"), "matches no parameter that learns"));
  CHECK(
      contains(said("[[optimizer.group]]\nmatch = \"dense*\"\n[[optimizer.group]]\nmatch = \"*_1/b*\"\n"
                    "[[optimizer.group]]\nmatch = \"dense_1/bias\"\n"),
               "train.toml:18:9: match of [[optimizer.group]] 3: every parameter that \"dense_1/bias\" matches is in an earlier "
               "group"));
}

TEST_CASE("a decay in a group of an optimizer that has none is refused with its place") {
  const Workshop workshop;
  manifest::Faults faults;
  train::PlanOptions options{
      workshop.write(manifest_with("plugin = \"plain_optimizer\"\nlearning_rate = 0.5\n[[optimizer.group]]\n"
                                   "match = \"*\"\nweight_decay = 0.1\n")),
      {},
      {PLUGINS, OWN_PLUGINS}};
  train::make_plan(options, faults);
  REQUIRE(faults.sorted().size() == 1);
  CHECK(contains(manifest::to_text(faults.sorted()[0]),
                 "train.toml:15:16: weight_decay of [[optimizer.group]] 1: plain_optimizer has no weight decay: leave it out"));
}

TEST_CASE("an optimizer is planned like any plugin: unknown ones, parameters and versions are refused") {
  const Workshop workshop;
  const auto fault = [&](const std::string& optimizer) { return workshop.faults(manifest_with(optimizer)).at(0); };
  CHECK(contains(fault("plugin = \"adma\"\nlearning_rate = 1\n"),
                 "there is no optimizer 'adma'. Did you mean 'adam'? There are: "));
  CHECK(contains(fault("plugin = \"cross_entropy\"\nlearning_rate = 1\n"),
                 "there is no optimizer 'cross_entropy'. It is a loss: write [loss]."));
  CHECK(contains(fault("plugin = \"adam\"\nlearning_rate = 1\nbeta3 = 0.5\n"),
                 "adam has no parameter 'beta3'. Did you mean 'beta"));
  CHECK(
      contains(fault("plugin = \"adam\"\nlearning_rate = 1\nbeta1 = 1\n"), "train.toml:13:9: beta1 of adam: expected a number"));
  CHECK(contains(fault("plugin = \"adam\"\nlearning_rate = 1\nversion = \">=9\"\n"), "the manifest takes \">=9\""));
  const std::string nesterov = what_is_thrown([&] {
    SilentRun(workshop.plan(manifest_with("plugin = \"sgd\"\nlearning_rate = 1\nnesterov = true\n")), workshop.path() / "run");
  });
  CHECK(contains(nesterov, "train.toml:11:10: sgd: nesterov = true needs a momentum above 0 (in create)"));
}

TEST_CASE("a scheduler's momentum needs an optimizer that takes one") {
  const Workshop workshop;
  const auto said = [&](const std::string& optimizer) {
    return what_is_thrown([&] {
      SilentRun(workshop.plan(manifest_with(optimizer + "learning_rate = 0.1\n") +
                              "[[scheduler]]\nplugin = \"one_cycle\"\nmax_lr = 0.1\ncycle_momentum = true\n"),
                workshop.path() / "run");
    });
  };
  CHECK(said("plugin = \"adam\"\n") == "nothing");
  CHECK(contains(said("plugin = \"sgd\"\n"),
                 "a scheduler sets the momentum, and the optimizer sgd takes none: give it `momentum` "
                 "above 0, or leave the scheduler's momentum out"));
  CHECK(contains(said("plugin = \"adagrad\"\n"), "the optimizer adagrad takes none: take another optimizer, or leave"));
}

TEST_CASE("a run resumes bit for bit from its checkpoint, with every optimizer") {
  const Workshop workshop;
  for (const char* id : {"sgd", "adam", "rmsprop", "adagrad", "adadelta", "nadam", "radam", "lion", "lamb"}) {
    CAPTURE(id);
    const std::string text = manifest_with(std::string("plugin = \"") + id + "\"\nlearning_rate = 0.01\nweight_decay = 0.01\n");
    SilentRun whole(workshop.plan(text), workshop.path() / "whole");
    whole.fit();
    SilentRun half(workshop.plan(text, {"run.epochs=2"}), workshop.path() / "half");
    half.fit();
    train::CheckpointWriter(half.run).save_everything(workshop.path() / "half.safetensors");
    SilentRun rest(workshop.plan(text), workshop.path() / "rest");
    rest.restore(workshop.path() / "half.safetensors");
    rest.fit();
    CHECK(weights_of(rest) == weights_of(whole));
  }
}
