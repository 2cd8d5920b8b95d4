// The program and layers out of plugins: what it shows of them, and models that have to find their plugin again.
#include <nlohmann/json.hpp>

#include "program/e2e/workshop.hpp"

using namespace treino::test;
using nlohmann::json;

namespace {

std::string manifest(const std::string& more = "") {
  return R"([run]
name = "digits"
seed = 3
epochs = 1
threads = 1
[data]
train = { file = ")" SOURCE_FOLDER R"(/examples/data/digits.csv.gz", target = -1, target_kind = "index", test = 0.2 }
scale = 0.0625
[model]
layers = [
  { plugin = "swiglu", units = 12 },
  { plugin = "acme/mixture", inputs = ["swiglu_1", "swiglu_1"] },
  { type = "dense", units = 10 },
]
[optimizer]
plugin = "adam"
learning_rate = 0.01
[loss]
plugin = "cross_entropy"
[[metric]]
plugin = "accuracy"
)" + more;
}

std::string data() {
  std::string text;
  for (int i = 0; i < 64; ++i) text += (i == 0 ? "x" : ",x") + std::to_string(i);
  text += "\n";
  for (int row = 0; row < 3; ++row) {
    for (int i = 0; i < 64; ++i) text += (i == 0 ? "" : ",") + std::to_string((i * 7 + row * 3) % 17);
    text += "\n";
  }
  return text;
}

/// The command where the plugins of layers are not to be found.
Finished without_plugins(const Workshop& workshop, std::vector<std::string> arguments) {
  ProcessOptions command = workshop.command(std::move(arguments));
  command.environment["TREINO_PLUGIN_PATH"] = "";
  return run_process(command);
}

}  // namespace

TEST_CASE("check shows a plugin's layer by its id, and that its shape is the plugin's affair") {
  const Workshop workshop;
  const Finished finished = workshop.treino({"check", workshop.write("train.toml", manifest())});
  INFO(finished.error);
  REQUIRE(finished.exit_code == 0);
  CHECK(contains(finished.output, "1 swiglu"));
  CHECK(contains(finished.output, "2 acme/mixture"));
  const json plan = json::parse(workshop.treino({"check", workshop / "train.toml", "--json"}).output);
  CHECK(plan["layers"][0]["type"] == "swiglu");
  CHECK(plan["layers"][0]["name"] == "swiglu_1");
  CHECK_FALSE(plan["layers"][0].contains("output"));
  CHECK(plan["layers"][1]["inputs"] == json({"swiglu_1", "swiglu_1"}));
}

TEST_CASE("describe, plugins and the schema list layers of plugins like other plugins") {
  const Workshop workshop;
  const Finished one = workshop.treino({"describe", "swiglu"});
  CHECK(contains(one.output, "layer swiglu 1.0.0\n"));
  CHECK(contains(one.output, "units"));
  CHECK(contains(workshop.treino({"describe", "layer/acme/mixture"}).output, "inputs  2 to 4"));
  CHECK(contains(workshop.treino({"plugins"}).output, "acme/mixture"));
  const json schema = json::parse(workshop.treino({"schema"}).output);
  const json& layers = schema["definitions"]["model"]["properties"]["layers"]["items"];
  CHECK(layers["if"]["required"] == json({"plugin"}));
  CHECK(layers["then"]["$ref"] == "#/definitions/layer_plugin");
  const json& ids = schema["definitions"]["layer_plugin"]["properties"]["plugin"]["enum"];
  CHECK(std::find(ids.begin(), ids.end(), "acme/mixture") != ids.end());
  const json& own = schema["definitions"]["layer_plugin.swiglu"];
  CHECK(own["properties"]["units"]["minimum"] == 1);
  for (const char* key : {"plugin", "name", "inputs", "version"}) CHECK(own["properties"].contains(key));
  CHECK_FALSE(own["properties"].contains("type"));
  const json& types = schema["definitions"]["layer"]["properties"]["type"]["enum"];
  CHECK(std::find(types.begin(), types.end(), "dense") != types.end());
  CHECK_FALSE(schema["definitions"]["layer.dense"]["properties"].contains("plugin"));
}

TEST_CASE("a trained model finds its plugin again, and says where it is missing") {
  const Workshop workshop;
  REQUIRE(workshop.run(manifest(), "run").exit_code == kDone);
  workshop.write("x.csv", data());
  const Finished of_run = workshop.treino({"predict", workshop / "run", workshop / "x.csv"});
  REQUIRE(of_run.exit_code == 0);
  fs::copy_file(workshop / "run/model.safetensors", workshop / "alone.safetensors");
  CHECK(workshop.treino({"predict", workshop / "alone.safetensors", workshop / "x.csv"}).output == of_run.output);
  CHECK(workshop.treino({"evaluate", workshop / "run"}).exit_code == 0);
  for (const char* model : {"run", "alone.safetensors"}) {
    INFO(model);
    const Finished missing = without_plugins(workshop, {"predict", workshop / model, workshop / "x.csv"});
    CHECK(missing.exit_code == kBadInput);
    CHECK(contains(missing.error, "there is no layer 'swiglu'"));
    const Finished found =
        without_plugins(workshop, {"predict", workshop / model, workshop / "x.csv", "--plugin-path", E2E_PLUGINS});
    CHECK(found.output == of_run.output);
  }
}

TEST_CASE("the run's folder records the plugins of its layers, and resumes with them") {
  const Workshop workshop;
  REQUIRE(workshop.run(manifest(), "run").exit_code == kDone);
  const json plugins = json::parse(read_text(workshop / "run/plugins.json"));
  const auto is_layer = [](const json& plugin) { return plugin["kind"] == "layer" && plugin["name"] == "swiglu_1"; };
  CHECK(std::count_if(plugins.begin(), plugins.end(), is_layer) == 1);
  const Finished resumed = workshop.treino({"resume", workshop / "run", "--set", "run.epochs=2"});
  INFO(resumed.error);
  CHECK(resumed.exit_code == 0);
}

TEST_CASE("a run keeps the parameters of its plugins' layers") {
  const Workshop workshop;
  REQUIRE(workshop.run(manifest(), "run").exit_code == kDone);
  const Finished other = workshop.treino({"resume", workshop / "run", "--set", "run.epochs=2", "--set",
                                          "model.layers=[{ plugin = 'swiglu', units = 12 }, { plugin = 'acme/mixture', inputs = "
                                          "['swiglu_1', 'swiglu_1'], noise = 0.5 "
                                          "}, { type = 'dense', units = 10 }]"});
  INFO(other.error);
  CHECK(other.exit_code == kBadInput);
  CHECK(contains(other.error, "model.layers"));
}

TEST_CASE("exporters refuse a plugin's layer with its name; weights are exported") {
  const Workshop workshop;
  REQUIRE(workshop.run(manifest(), "run").exit_code == kDone);
  for (const char* to : {"onnx", "c"}) {
    const Finished finished = workshop.treino({"export", workshop / "run", "--to", to});
    INFO(to << ": " << finished.error);
    CHECK(finished.exit_code == kBadInput);
    CHECK(contains(finished.error, "swiglu_1"));
  }
  CHECK(workshop.treino({"export", workshop / "run", "--to", "safetensors", "-o", workshop / "w.safetensors"}).exit_code == 0);
}

TEST_CASE("module_summary, html_report and tensorboard show layers of plugins") {
  const Workshop workshop;
  const Finished finished =
      workshop.run(manifest("[[callback]]\nplugin = \"module_summary\"\n[[callback]]\nplugin = \"html_report\"\n"
                            "[[callback]]\nplugin = \"tensorboard\"\n"),
                   "run");
  INFO(finished.error);
  REQUIRE(finished.exit_code == kDone);
  CHECK(contains(finished.output, "swiglu"));
  CHECK(contains(everything(workshop / "run"), "acme/mixture"));
}
