// Writes a trained model as an ONNX file, opset 13: preparation, layers and the step from logits to probabilities in one graph, the
// size of the batch open, names of classes and features among the metadata. The format is https://onnx.ai's (Apache-2.0).
#include <algorithm>
#include <cmath>
#include <functional>
#include <nlohmann/json.hpp>
#include <numeric>

#include "graph.hpp"
#include "layers.hpp"
#include "shared/exporters/outputs.hpp"

namespace treino::exporters {

namespace {

/// One of the graph's inputs: the features of a sample from `first` on.
struct Part {
  SampleShape shape;
  std::int64_t first, size;
};

/// The function of each of its features, as floats, and whether any is another number than `nothing`.
template <class Function>
std::vector<float> floats_of(const Part& part, Function function) {
  std::vector<float> values;
  for (std::int64_t i = 0; i < part.size; ++i) values.push_back(static_cast<float>(function(part.first + i)));
  return values;
}
bool all_are(float value, const std::vector<float>& values) {
  return std::all_of(values.begin(), values.end(), [&](float each) { return each == value; });
}

/// Scaling in float32 that comes close to the double of Treino's own: the offset is subtracted in two parts, the first of which
/// leaves no rounding where a feature is near its offset.
void add_scaling(const TrainedModel& model, const Part& part, Graph& graph) {
  if (model.offset() == nullptr) return;
  const double *offset = model.offset(), *gain = model.gain();
  const auto coarse = floats_of(part, [&](std::int64_t i) { return offset[i]; });
  const auto fine = floats_of(part, [&](std::int64_t i) { return offset[i] - static_cast<float>(offset[i]); });
  const auto factor = floats_of(part, [&](std::int64_t i) { return gain[i]; });
  if (!all_are(0, coarse)) graph.add("Sub", {graph.constant_or_one("offset", part.shape, coarse)});
  if (!all_are(0, fine)) graph.add("Sub", {graph.constant_or_one("offset_rest", part.shape, fine)});
  if (!all_are(1, factor)) graph.add("Mul", {graph.constant_or_one("gain", part.shape, factor)});
}

/// A NaN is one still when it has been scaled, and then becomes what the scaled substitute is.
void add_missing(const TrainedModel& model, const Part& part, Graph& graph) {
  if (model.missing() == nullptr) return;
  const auto values = floats_of(part, [&](std::int64_t i) {
    return model.offset() == nullptr ? model.missing()[i] : (model.missing()[i] - model.offset()[i]) * model.gain()[i];
  });
  const std::string scaled = graph.last();
  graph.add("IsNaN");
  graph.add_on({graph.last(), graph.constant_or_one("missing", part.shape, values), scaled}, "Where");
}

/// Returns the name of the prepared input.
std::string add_input(const TrainedModel& model, const std::string& name, const Part& part, Graph& graph) {
  graph.add_input(name, part.shape);
  add_scaling(model, part, graph);
  add_missing(model, part, graph);
  return graph.last();
}

void add_finish(Finish finish, Graph& graph) {
  if (finish == Finish::softmax) graph.add("Softmax", {}, {{"axis", std::int64_t{-1}}});
  if (finish == Finish::sigmoid) graph.add("Sigmoid");
}

void add_names(const char* key, const std::vector<std::string>& names, Graph& graph) {
  if (!names.empty())
    graph.add_metadata(key, nlohmann::json(names).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

Part part_of(const ModelLayer& input) {
  const SampleShape shape = input.output();
  return {shape, input.setting<std::int64_t>("first"),
          std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>())};
}

class Onnx final : public Exporter {
 public:
  explicit Onnx(const Setup& setup)
      : input_(setup.get<std::string>("input")),
        output_(setup.get<std::string>("output")),
        outputs_(setup.find<std::string>("outputs")) {}

  void write(const TrainedModel& model, const ExportFiles& files) override {
    const Finish finish = finish_of(outputs_, model.problem());
    Graph graph(output_);
    std::string prepared;  // where the sample is the only input
    if (model.inputs().empty()) {
      graph.begin_layer("preparation");
      prepared = add_input(model, input_, {model.input(), 0, model.features()}, graph);
    } else if (input_ != "input") {
      throw std::invalid_argument("input: the model has several inputs, which the graph calls as the model does");
    }
    std::vector<std::string> outputs;  // of each layer
    for (const ModelLayer& layer : model.layers()) {
      if (layer.is_input()) {
        graph.begin_layer(layer.name());
        outputs.push_back(add_input(model, layer.name(), part_of(layer), graph));
        continue;
      }
      std::vector<std::string> inputs;
      for (const std::size_t from : layer.inputs()) inputs.push_back(from == ModelLayer::model_input ? prepared : outputs[from]);
      graph.begin_layer(layer.name(), std::move(inputs));
      layer.entry_in(layer_operators())(layer, graph);
      outputs.push_back(graph.last());
    }
    graph.begin_layer("outputs");
    add_finish(finish, graph);
    add_names("class_names", model.class_names(), graph);
    add_names("feature_names", model.feature_names(), graph);
    add_names("output_names", model.output_names(), graph);
    files.write(graph.finish(model.name(), model.layers().back().output()));
  }

 private:
  const std::string input_, output_;
  const std::optional<std::string> outputs_;
};

}  // namespace
}  // namespace treino::exporters

using treino::exporters::Onnx;

TREINO_PLUGIN(Onnx, R"toml(
kind = "exporter"
id = "onnx"
draft = 2
version = "1.0.0"
summary = "Writes an ONNX model (opset 13), with the preparation of data in the graph."
help = """
Input: float32, batch x shape of a sample, as data files hold it, or several, named as in [data] inputs: scaling and, where the model was trained with missing values,
their replacement are part of the graph. Output: float32, batch x outputs, of a sequence batch x steps x outputs. The metadata hold class_names, feature_names and
output_names, as far as the model has them, each a JSON list.
"""
[parameters.input]
type = "string"
default = "input"
doc = "name of the graph's input; several have the names that they have in [data]"
[parameters.output]
type = "string"
default = "output"
doc = "name of the graph's output"
)toml" TREINO_OUTPUTS_TOML)
