// What is found wrong with a manifest before anything is built.
#include "train/plan/plan.hpp"

#include "manifest/suggestion.hpp"
#include "support/catch.hpp"
#include "train/plan/fixed_settings.hpp"
#include "unit/train/workshop.hpp"

using namespace treino;
using namespace treino::test;

namespace {}  // namespace

TEST_CASE("a sound manifest has no fault, and shapes are known before data are read") {
  const Workshop workshop;
  const train::Plan plan = workshop.plan(wine + small_model);
  REQUIRE(plan.shapes.size() == 3);
  CHECK(*plan.input == nn::Shape{13});
  CHECK(plan.shapes[2] == nn::Shape{3});
}

TEST_CASE("layers that do not fit are found with their place before the run") {
  const Workshop workshop;
  const auto faults = workshop.faults(
      wine + "[model]\nlayers = [\n  { type = \"dense\", units = 8 },\n  { type = \"conv2d\", filters = 2, kernel = 3 },\n]\n");
  REQUIRE(faults.size() == 1);
  CHECK(contains(faults[0], "train.toml:19:"));
  CHECK(contains(faults[0], "layer 2 conv2d"));
}

TEST_CASE("what is wrong with a graph is found with its place, all at once, whatever else is wrong with its layers") {
  const Workshop workshop;
  CHECK(
      workshop.faults(wine + R"([model]
layers = [
  { type = "dense", units = 8, name = "stem" },
  { type = "dens", units = 8, name = "branch" },
  { type = "add", inputs = ["steam", "branch"] },
  { type = "relu", inputs = ["stem", "branch"], name = "input" },
  { type = "add", inputs = ["stem", "last"] },
  { type = "add", inputs = [] },
  { type = "add", inputs = [1, "stem"] },
  { type = "dense", units = 3, inputs = "stem", name = "last" },
]
)") ==
      std::vector<std::string>{
          "train.toml:19:12: there is no layer 'dens'. Did you mean 'dense'? There are: " + manifest::enumerate([] {
            std::vector<std::string> ids;
            for (const manifest::Description& type : train::layer_types()) ids.push_back(type.id);
            return ids;
          }()),
          "train.toml:20:29: layer 3 add: there is no layer \"steam\". Did you mean \"stem\"? Before it are: input, stem, branch",
          "train.toml:21:12: layer 4 relu: takes one input, not 2: join them before it with add, multiply or concat",
          "train.toml:21:56: name of layer 4: the model's input has it already",
          "train.toml:22:37: layer 5 add: \"last\" is layer 8, which comes later: a layer reads those that stand before it",
          "train.toml:23:12: layer 6 add: takes at least 2 inputs, not 1: inputs = [\"...\", \"...\"] names the layers that it "
          "reads",
          "train.toml:23:28: inputs of layer 6: expected names; left out, it reads the layer before",
          "train.toml:24:12: layer 7 add: takes at least 2 inputs, not 1: inputs = [\"...\", \"...\"] names the layers that it "
          "reads",
          "train.toml:24:29: element 1 of inputs of layer 7: expected a string, got the integer 1"});
}

TEST_CASE("shapes of a graph that do not fit are found at the input, each of them, and so is an output that nobody reads") {
  const Workshop workshop;
  CHECK(workshop.faults(wine + R"([model]
layers = [
  { type = "dense", units = 8, name = "eight" },
  { type = "dense", units = 4, name = "four" },
  { type = "add", inputs = ["four", "four", "eight"], name = "sum" },
  { type = "concat", inputs = ["four", "eight"], axis = 2 },
  { type = "dense", units = 3 },
]
)") == std::vector<std::string>{
           "train.toml:20:12: layer 3 add: no layer reads its output: name \"sum\" among the inputs of one that "
           "follows, or leave it out"});
  CHECK(workshop.faults(wine + R"([model]
layers = [
  { type = "dense", units = 8, name = "eight" },
  { type = "dense", units = 4, name = "four" },
  { type = "add", inputs = ["four", "four", "eight"], name = "sum" },
  { type = "concat", inputs = ["four", "eight"], axis = 2, name = "row" },
  { type = "multiply", inputs = ["sum", "row"] },
  { type = "dense", units = 3 },
]
)") == std::vector<std::string>{
           "train.toml:20:45: layer 3 add: all inputs have one shape, and \"four\" is 4, \"eight\" 8",
           "train.toml:21:12: layer 4 concat: axis 2 of inputs of shape 4: expected 0 to 0, or -1 to -1 from the end"});
}

TEST_CASE("the resolved manifest and that of the model keep a layer's inputs") {
  const Workshop workshop;
  const train::Plan plan = workshop.plan(wine + R"([model]
layers = [ { type = "dense", units = 3, name = "a" }, { type = "dense", units = 3, inputs = "input" },
           { type = "add", inputs = ["a", "dense_1"] } ]
)");
  for (const std::string& text : {train::resolved_manifest(plan), train::model_manifest(plan)}) {
    INFO(text);
    CHECK(contains(text, "inputs = [\"a\", \"dense_1\"]"));
    CHECK(contains(text, "inputs = \"input\""));
  }
}

TEST_CASE("unknown layers, optimizers, plugins and parameters are named with the nearest right name, all at once") {
  const Workshop workshop;
  std::string text = wine + "[model]\nlayers = [ { type = \"dens\", units = 8 }, { type = \"dense\", unit = 3 } ]\n";
  text.replace(text.find("\"sgd\""), 5, "\"sdg\"");
  text += "[[metric]]\nplugin = \"acuracy\"\n[[callback]]\nplugin = \"early_stopping\"\npatence = 3\n";
  const auto faults = workshop.faults(text);
  std::string all;
  for (const std::string& fault : faults) all += fault + "\n";
  INFO(all);
  CHECK(contains(all, "there is no layer 'dens'. Did you mean 'dense'?"));
  CHECK(contains(all, "'unit'. Did you mean 'units'?"));
  CHECK(contains(all, "there is no optimizer 'sdg'. Did you mean 'sgd'?"));
  CHECK(contains(all, "there is no metric 'acuracy'. Did you mean 'accuracy'?"));
  CHECK(contains(all, "early_stopping has no parameter 'patence'. Did you mean 'patience'?"));
}

TEST_CASE("a monitor that is not a scalar of the run is a fault, and so is one of validation without validation data") {
  const Workshop workshop;
  const std::string callback = "[[callback]]\nplugin = \"early_stopping\"\nmonitor = \"val_los\"\n";
  auto faults = workshop.faults(wine + small_model + callback);
  REQUIRE(faults.size() == 1);
  CHECK(contains(faults[0], "there is no scalar 'val_los'. Did you mean 'val_loss'?"));
  std::string without = wine + small_model + "[[callback]]\nplugin = \"early_stopping\"\n";
  without.replace(without.find(", validation = 0.2"), 18, "");
  faults = workshop.faults(without);
  REQUIRE(faults.size() == 1);
  CHECK(contains(faults[0], "there is no validation data"));
}

TEST_CASE("[collective] is planned like any plugin, and kept in the resolved manifest together with shards") {
  const Workshop workshop;
  CHECK_FALSE(workshop.plan(wine + small_model).collective);
  const auto faults = workshop.faults(wine + small_model + "[collective]\nplugin = \"accuracy\"\n");
  REQUIRE(faults.size() == 1);
  CHECK(contains(faults[0], "there is no collective 'accuracy'. It is a metric: write [[metric]]."));
#ifdef WITH_MPI
  const std::string text = wine + small_model + "[collective]\nplugin = \"mpi\"\n";
  const train::Plan plan = workshop.plan(text, {"run.shards=4"});
  REQUIRE(plan.collective);
  CHECK(plan.collective->description->id == "mpi");
  const std::string resolved = train::resolved_manifest(plan);
  CHECK(contains(resolved, "shards = 4"));
  CHECK(contains(resolved, "[collective]\nplugin = \"mpi\"\n"));
  CHECK(contains(resolved, "timeout = 300.0"));
  const train::Plan again = workshop.plan(resolved);
  CHECK(train::resolved_manifest(again) == resolved);
  CHECK(contains(workshop.faults(text + "speed = 3\n").at(0), "mpi has no parameter 'speed'"));
  CHECK(contains(workshop.faults(text + "version = \">=9\"\n").at(0), "the manifest takes \">=9\""));
#else
  WARN("MPI was not found: the plugin mpi is not planned");
#endif
}

TEST_CASE("a key under another framework's name gets ours as a suggestion") {
  const Workshop workshop;
  std::string text = wine + small_model;
  text.erase(text.find("learning_rate = 0.05"), std::string("learning_").size());
  const auto faults = workshop.faults(text);
  REQUIRE(faults.size() == 2);  // the other is that learning_rate is missing
  CHECK(contains(faults[0] + faults[1], "sgd has no parameter 'rate'. Did you mean 'learning_rate'?"));
}

TEST_CASE("a monitor whose better direction no description says needs a mode") {
  const Workshop workshop;
  const std::string rates = "[[callback]]\nplugin = \"learning_rate_monitor\"\n";
  const std::string stop = "[[callback]]\nplugin = \"early_stopping\"\nmonitor = ";
  const auto faults = workshop.faults(wine + small_model + rates + stop + "\"lr\"\n" + stop + "\"lr_factor_x\"\n");
  REQUIRE(faults.size() == 2);
  CHECK(faults[0] ==
        "train.toml:22:11: early_stopping: 'lr' does not say whether lower or higher is better: set mode = \"min\" or \"max\"");
  CHECK(contains(faults[1], "train.toml:25:11: early_stopping_2: 'lr_factor_x' does not say"));
  CHECK(workshop.faults(wine + small_model + rates + stop + "\"lr\"\nmode = \"min\"\n").empty());
  CHECK(workshop.faults(wine + small_model + rates + stop + "\"val_loss\"\n").empty());
  // What two plugins may declare is left to create, which sees who does.
  const std::string anything = "[[callback]]\nplugin = \"lambda\"\nscalars = [\"loss\"]\non_epoch_end = \"x = 1\"\n";
  CHECK(workshop.faults(wine + small_model + anything + stop + "\"loss\"\n").empty());
}

TEST_CASE("a placeholder in a file name is checked like a monitor") {
  const Workshop workshop;
  const auto faults = workshop.faults(
      wine + small_model + "[[callback]]\nplugin = \"model_checkpoint\"\nfilepath = \"{epoch}-{val_acc:.2f}.safetensors\"\n");
  REQUIRE(faults.size() == 1);
  CHECK(contains(faults[0], "there is no scalar 'val_acc'"));
}

TEST_CASE("callbacks are ordered by phase, then by place, then by after and before") {
  const Workshop workshop;
  const std::string plain = "[[callback]]\nplugin = \"csv_logger\"\nfilename = ";
  const std::string csv = plain + "\"a.csv\"\n", other = plain + "\"b.csv\"\n";
  const auto order = [&](const std::string& text) {
    std::string names;
    for (const train::PlannedPlugin& callback : workshop.plan(wine + small_model + text).callbacks)
      names += callback.name() + " ";
    return names;
  };
  // csv_logger reports; early_stopping comes earlier in a step's order, wherever it stands in the file.
  CHECK(order(csv + "[[callback]]\nplugin = \"early_stopping\"\n") == "early_stopping csv_logger ");
  const std::string two = csv + "name = \"first\"\n" + other + "name = \"second\"\n";
  CHECK(order(two) == "first second ");
  CHECK(order(csv + "name = \"first\"\nafter = \"second\"\n" + other + "name = \"second\"\n") == "second first ");
  CHECK(order(csv + "name = \"first\"\n" + other + "name = \"second\"\nbefore = \"first\"\n") == "second first ");
}

TEST_CASE("a circle of after and before, and a name that no callback has, are faults") {
  const Workshop workshop;
  const std::string plain = "[[callback]]\nplugin = \"csv_logger\"\nfilename = ";
  const std::string csv = plain + "\"a.csv\"\n", other = plain + "\"b.csv\"\n";
  auto faults =
      workshop.faults(wine + small_model + csv + "name = \"a\"\nafter = \"b\"\n" + other + "name = \"b\"\nafter = \"a\"\n");
  REQUIRE(faults.size() == 1);
  CHECK(contains(faults[0], "go round in a circle: a, b"));
  faults = workshop.faults(wine + small_model + csv + "after = \"csv_loger\"\n");
  REQUIRE(faults.size() == 1);
  CHECK(contains(faults[0], "there is no callback 'csv_loger'. Did you mean 'csv_logger'?"));
}

TEST_CASE("a pinned hash that the plugin does not have is a fault") {
  const Workshop workshop;
  const auto faults =
      workshop.faults(wine + small_model + "[plugins.sha256]\ncross_entropy = \"" + std::string(64, '0') + "\"\n");
  REQUIRE(faults.size() == 1);
  CHECK(contains(faults[0], "pins cross_entropy to 000"));
}

TEST_CASE("a pinned hash may name the kind, since an id may be of two") {
  const Workshop workshop;
  const auto pin = [&](const std::string& key) {
    return workshop.faults(wine + small_model + "[plugins.sha256]\n\"" + key + "\" = \"" + std::string(64, '0') + "\"\n");
  };
  REQUIRE(pin("loss/cross_entropy").size() == 1);
  CHECK(contains(pin("loss/cross_entropy")[0], "pins loss/cross_entropy to 000"));
  CHECK(pin("metric/cross_entropy").empty());
}

TEST_CASE("the resolved manifest means the same run, from wherever it is read") {
  const Workshop workshop;
  const std::string text = wine + small_model +
                           "[[metric]]\nplugin = \"accuracy\"\n[[scheduler]]\nplugin = \"step_decay\"\nstep_size = "
                           "2\n[[callback]]\nplugin = \"csv_logger\"\nfilename = \"a.csv\"\n";
  const std::string once = train::resolved_manifest(workshop.plan(text));
  const Workshop elsewhere;
  const std::string twice = train::resolved_manifest(elsewhere.plan(once));
  CHECK(once == twice);
  CHECK(contains(once, "separator = \",\""));
}

TEST_CASE("a run that moves on from bf16 to its emulation says so, and nothing else is such a change") {
  const Workshop workshop;
  const train::Plan plan = workshop.plan(wine + small_model, {"run.precision=bf16-emulated"});
  CHECK(train::changed_precision(plan, "bf16-emulated").empty());
  CHECK(train::changed_precision(plan, "bf16") ==
        "products are computed in bf16-emulated from here on, and were in bf16 before: the last digits will differ");
  const auto value = [](const train::Plan& any) {
    for (const train::FixedSetting& setting : train::fixed_settings(any))
      if (std::string(setting.key) == "run.precision") return setting.value;
    return std::string();
  };
  CHECK(value(plan) == "bf16 or bf16-emulated");
  CHECK(value(workshop.plan(wine + small_model)) == "float32");
}
