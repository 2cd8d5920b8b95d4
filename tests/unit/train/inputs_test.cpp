// Several inputs from the data to a trained model: what is refused before a run, and that evaluation, prediction and a resumed run
// see the inputs that training has seen.
#include <fstream>

#include "data/reading/read.hpp"
#include "support/catch.hpp"
#include "train/trained_model.hpp"
#include "unit/train/workshop.hpp"

using namespace treino;
using namespace treino::test;

namespace {

/// 24 rows of a 1 x 2 x 2 image, two numbers of the weather, and which of two the sum of all makes it.
std::string input_rows() {
  std::string text = "p0,p1,p2,p3,wind,rain,y\n";
  for (int i = 0; i < 24; ++i) {
    int sum = 0;
    for (int k = 0; k < 6; ++k) {
      const int value = (i * (k + 3) + k * k) % 9;
      sum += value;
      text += std::to_string(value) + ",";
    }
    text += std::to_string(sum > 23 ? 1 : 0) + "\n";
  }
  return text;
}

const std::string inputs =
    "inputs = { image = { columns = [\"p0\", \"p1\", \"p2\", \"p3\"], shape = [1, 2, 2] }, weather = [\"rain\", \"wind\"] }\n";
const std::string layers = R"([model]
layers = [
  { type = "conv2d", filters = 2, kernel = 2, inputs = "image" },
  { type = "flatten", name = "seen" },
  { type = "dense", units = 3, inputs = "weather" },
  { type = "tanh", name = "felt" },
  { type = "concat", inputs = ["seen", "felt", "weather"] },
  { type = "dense", units = 2 },
]
)";

std::string two_inputs(const std::string& given_inputs = inputs, const std::string& given_layers = layers) {
  return "[run]\nname = \"two\"\nseed = 3\nepochs = 2\nthreads = 1\n[data]\n" + given_inputs +
         "train = { file = \"rows.csv\", target = \"y\", validation = 0.25 }\nscaling = \"standardize\"\nbatch_size = 5\n" +
         given_layers +
         "[optimizer]\nplugin = \"sgd\"\nlearning_rate = 0.05\nmomentum = 0.9\n[loss]\nplugin = \"cross_entropy\"\n";
}

bool any_contains(const std::vector<std::string>& lines, const std::string& part) {
  return std::any_of(lines.begin(), lines.end(), [&](const std::string& line) { return contains(line, part); });
}

class InputShop : public Workshop {
 public:
  InputShop() { write_text(path() / "rows.csv", input_rows()); }
};

std::vector<float> outputs_of(SilentRun& run) {
  std::vector<float> all;
  run.predict(run.run.data.validation,
              [&](std::uint32_t, std::span<const float> row) { all.insert(all.end(), row.begin(), row.end()); });
  return all;
}

}  // namespace

TEST_CASE("shapes of inputs are known before data are read") {
  const InputShop shop;
  const train::Plan plan = shop.plan(two_inputs());
  CHECK(*plan.input == nn::Shape{6});
  CHECK(plan.shapes == std::vector<nn::Shape>{{1, 2, 2}, {2}, {2, 1, 1}, {2}, {3}, {3}, {7}, {2}});
  // A single one too, which the first layer reads without being told.
  const train::Plan one =
      shop.plan(two_inputs("inputs = { all = { columns = [0, 1, 2, 3, 4, 5], shape = [2, 3] } }\n",
                           "[model]\nlayers = [ { type = \"flatten\" }, { type = \"dense\", units = 2 } ]\n"));
  CHECK(one.shapes == std::vector<nn::Shape>{{2, 3}, {6}, {2}});
}

TEST_CASE("what is wrong between inputs and layers is told at its place") {
  const InputShop shop;
  const auto faults = [&](const std::string& given_layers) {
    return shop.faults(two_inputs(inputs, "[model]\nlayers = [\n" + given_layers + "]\n"));
  };
  CHECK(faults("{ type = \"dense\", units = 2 },\n{ type = \"concat\", inputs = [\"image\", \"weather\"] },\n").at(0) ==
        "train.toml:13:10: layer 1 dense: the data have several inputs: inputs = [\"image\"] says which it reads. There are: "
        "image, weather");
  CHECK(faults("{ type = \"dense\", units = 2, inputs = \"input\" },\n") ==
        std::vector<std::string>{"train.toml:13:39: layer 1 dense: the data have inputs of their own names: image, weather"});
  CHECK(faults("{ type = \"dense\", units = 2, inputs = \"weather\" },\n") ==
        std::vector<std::string>{
            "train.toml:7:12: input \"image\": no layer reads it: name it among the inputs of one, or leave it out (in [data])"});
  CHECK(
      faults("{ type = \"concat\", inputs = [\"image\", \"weathr\"] },\n") ==
      std::vector<std::string>{"train.toml:13:39: layer 1 concat: there is no layer \"weathr\". Did you mean \"weather\"? Before "
                               "it are: image, weather"});
  CHECK(faults("{ type = \"concat\", inputs = [\"weather\", \"image\"] },\n") ==
        std::vector<std::string>{"train.toml:13:41: layer 1 concat: inputs differ in axis 0 alone, and \"weather\" is 2, "
                                 "\"image\" 1x2x2"});
  CHECK(any_contains(faults("{ type = \"flatten\", inputs = \"image\", name = \"weather\" },\n"),
                     "train.toml:13:46: name of layer 1: an input of [data] has it already"));
  CHECK(any_contains(faults("{ type = \"input\", name = \"x\" },\n"), "train.toml:13:10: there is no layer 'input'."));
  CHECK(
      contains(shop.faults(two_inputs("", "[model]\nlayers = [ { type = \"input\" }, { type = \"dense\", units = 2 } ]\n")).at(0),
               "there is no layer 'input'."));
}

TEST_CASE("outputs that are not as many as the classes are told of the layer that decides them") {
  const InputShop shop;
  const std::string text = what_is_thrown([&] {
    const std::string three =
        "[model]\nlayers = [ { type = \"flatten\", inputs = \"image\", name = \"flat\" }, { type = \"concat\", "
        "inputs = [\"flat\", \"weather\"] }, { type = \"dense\", units = 3 }, { type = \"relu\" } ]\n";
    SilentRun(shop.plan(two_inputs(inputs, three)), shop.path() / "run");
  });
  CHECK(contains(text, "layer 3 dense: the model has 3 outputs, and the data have 2 classes"));
}

TEST_CASE("a file that does not hold the inputs is told at its place") {
  const InputShop shop;
  CHECK(any_contains(shop.faults(two_inputs("inputs = { image = { key = \"x\" } }\n")), "rows.csv: no column 'x'."));
  CHECK(any_contains(shop.faults(two_inputs("inputs = { image = [\"p0\"], weather = [\"p9\"] }\n")), "no column 'p9'"));
  CHECK(
      any_contains(shop.faults(two_inputs("inputs = { image = [\"p0\"], weather = [\"p0\"] }\n")), "column 'p0' is named twice"));
}

TEST_CASE("the order of layers' columns is what inputs say: the same net learns the same from columns in another order") {
  const InputShop shop;
  SilentRun one(shop.plan(two_inputs()), shop.path() / "one");
  one.fit();
  // The file's columns the other way round.
  std::string turned;
  std::istringstream lines(input_rows());
  for (std::string line; std::getline(lines, line);) {
    std::vector<std::string> fields;
    std::istringstream cells(line);
    for (std::string cell; std::getline(cells, cell, ',');) fields.insert(fields.begin(), cell);
    for (std::size_t i = 0; i < fields.size(); ++i) turned += (i == 0 ? "" : ",") + fields[i];
    turned += "\n";
  }
  write_text(shop.path() / "rows.csv", turned);
  SilentRun two(shop.plan(two_inputs()), shop.path() / "two");
  two.fit();
  CHECK(weights_of(one) == weights_of(two));
}

TEST_CASE("a model file knows its inputs, and predicts from another file as the run does") {
  const InputShop shop;
  SilentRun run(shop.plan(two_inputs()), shop.path() / "run");
  run.fit();
  const std::vector<float> expected = outputs_of(run);
  run.save_weights(shop.path() / "model.safetensors");
  train::TrainedModelOptions options;
  options.model = shop.path() / "model.safetensors";
  options.plugin_folders = {PLUGINS};
  const train::TrainedModel model(options);
  CHECK(data::to_text(model.data().preparation.inputs) == "image 1x2x2, weather 2");
  host::Screen screen{1, true};
  host::Log log{screen};
  const auto built = model.build(100, log);
  std::vector<float> predicted;
  train::Evaluation(*built).predict(run.run.data.validation, [&](std::uint32_t, std::span<const float> row) {
    predicted.insert(predicted.end(), row.begin(), row.end());
  });
  CHECK(predicted == expected);
  // A file is prepared as the training file was, whatever else it holds.
  const data::Dataset all = train::load_to_predict(model.plan(), model.data().preparation, shop.path() / "rows.csv");
  CHECK(all.count == 24);
  CHECK(all.inputs == model.data().preparation.inputs);
}

TEST_CASE("a model file whose inputs are not those of its manifest is refused") {
  const InputShop shop;
  SilentRun run(shop.plan(two_inputs()), shop.path() / "run");
  std::filesystem::create_directories(shop.path() / "run");
  run.save_weights(shop.path() / "run/model.safetensors");
  std::string other = two_inputs();
  for (std::size_t at = other.find("weather"); at != std::string::npos; at = other.find("weather")) other.replace(at, 7, "sky");
  write_text(shop.path() / "run/manifest.toml", other);
  train::TrainedModelOptions options;
  options.model = shop.path() / "run";
  options.plugin_folders = {PLUGINS};
  options.trusted = true;
  CHECK(contains(what_is_thrown([&] { train::TrainedModel model(options); }),
                 "its inputs are (image 1x2x2, weather 2), and its manifest has 2 of other names"));
}

TEST_CASE("a resumed run with several inputs ends bit-exactly") {
  const InputShop shop;
  SilentRun whole(shop.plan(two_inputs()), shop.path() / "whole");
  whole.fit();
  SilentRun first(shop.plan(two_inputs(), {"run.epochs=1"}), shop.path() / "part");
  first.fit();
  train::CheckpointWriter(first.run).save_everything(shop.path() / "kept.safetensors");
  SilentRun second(shop.plan(two_inputs()), shop.path() / "part2");
  second.restore(shop.path() / "kept.safetensors");
  second.fit();
  CHECK(weights_of(whole) == weights_of(second));
}

// Recorded from the commit before models could have several inputs: what a file says of a chain, but for the checksum of the
// weights, whose last bits depend on the processor.
TEST_CASE("a file of a chain with one input is what it was before there could be several") {
  const Workshop workshop;
  write_text(workshop.path() / "line.csv", "a,b,y\n1,2,0\n2,1,1\n3,5,0\n5,3,1\n4,6,0\n6,4,1\n7,8,0\n8,7,1\n");
  SilentRun run(workshop.plan(R"([run]
name = "chain"
seed = 3
epochs = 2
threads = 1
[data]
train = { file = "line.csv", target = "y", validation = 0.25 }
scaling = "standardize"
batch_size = 2
[model]
layers = [ { type = "dense", units = 3 }, { type = "relu", name = "kink" }, { type = "dense", units = 2 } ]
[optimizer]
plugin = "sgd"
learning_rate = 0.05
[loss]
plugin = "cross_entropy"
[[metric]]
plugin = "accuracy"
)"),
                workshop.path() / "run");
  run.fit();
  run.save_weights(workshop.path() / "model.safetensors");
  std::string bytes = read_text(workshop.path() / "model.safetensors");
  CHECK(bytes.size() == 8 + 1912 + 68);
  const std::size_t checksum = bytes.find("267f5d0a0d1675696627725285fd458a"), at = bytes.find("\"treino.checksum\":\"") + 19;
  INFO("the checksum " << (checksum == std::string::npos ? "differs" : "is the same"));
  bytes.replace(at, 32, "");
  CHECK(
      bytes.substr(8, bytes.find_last_of('}') + 1 - 8) ==
      std::string(
          R"json({"__metadata__":{"treino.checksum":"")json"
          R"json(,"treino.checksum_type":"XXH3-128")json"
          R"json(,"treino.contents":"weights")json"
          R"json(,"treino.data":"{\"file\":\"d61c218e81d67dd094c7ec8263fda637e5a7ab22c58cf64fd64125389c2588691434edc4f6f956e7c780a2862a4f1faa34acbb2caa6464dcff7cf7136f2defeae3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\",\"test\":\"\",\"test_samples\":0,\"training_samples\":6,\"validation\":\"a5a434b0f998fea0753eefff6db5f01a47038b8a25b82a236b7ac15edb3e3a7301acecb507abfe1a354aa8064f4af5d3f1acd019e37db3c11c97523b71c76e9de3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\",\"validation_samples\":2}")json"
          R"json(,"treino.format":"2")json"
          R"json(,"treino.manifest":"[run]\nname = \"chain\"\n\n[data]\ntrain = { file = \"line.csv\", target = [\"y\"], missing = \"error\", delimiter = \",\", skip_lines = 0 }\nbatch_size = 2\nevaluation_batch_size = 0\n\n[model]\nlayers = [\n  { type = \"dense\", units = 3 },\n  { type = \"relu\", name = \"kink\" },\n  { type = \"dense\", units = 2 },\n]\n\n[loss]\nplugin = \"cross_entropy\"\non_error = \"stop\"\nname = \"cross_entropy\"\nfrom_logits = true\nlabel_smoothing = 0.0\nreduction = \"mean\"\n\n[[metric]]\nplugin = \"accuracy\"\non_error = \"stop\"\nweighted = false\nname = \"accuracy\"\n")json"
          R"json(,"treino.outputs":"{\"independent\":false,\"prediction\":3}")json"
          R"json(,"treino.preparation":"{\"class_names\":[\"0\",\"1\"],\"factor\":1.0,\"feature_names\":[\"a\",\"b\"],\"gain\":[0.5855400437691199,0.4509876168016973],\"missing_mean\":[4.5,4.5],\"offset\":[4.5,4.5],\"sample_shape\":[2],\"scaling\":\"standardize\",\"target_kind\":\"index\",\"target_names\":[\"y\"],\"target_width\":2}"})json"
          R"json(,"dense_1/bias":{"dtype":"F32","shape":[3],"data_offsets":[0,12]})json"
          R"json(,"dense_1/weight":{"dtype":"F32","shape":[2,3],"data_offsets":[12,36]})json"
          R"json(,"dense_2/bias":{"dtype":"F32","shape":[2],"data_offsets":[36,44]})json"
          R"json(,"dense_2/weight":{"dtype":"F32","shape":[3,2],"data_offsets":[44,68]}})json"));
}
