// Writes a trained model as an ONNX file, opset 13: preparation, layers and the step from logits to probabilities in one graph, the
// size of the batch open, names of classes and features among the metadata. The format is https://onnx.ai's (Apache-2.0).
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "graph.hpp"
#include "layers.hpp"
#include "shared/exporters/outputs.hpp"

namespace treino::exporters {

namespace {

/// The function of each feature, as floats, and whether any is another number than `nothing`.
template <class Function>
std::vector<float> floats_of(std::int64_t features, Function function) {
  std::vector<float> values;
  for (std::int64_t i = 0; i < features; ++i) values.push_back(static_cast<float>(function(i)));
  return values;
}
bool all_are(float value, const std::vector<float>& values) {
  return std::all_of(values.begin(), values.end(), [&](float each) { return each == value; });
}

/// Scaling in float32 that comes close to the double of Treino's own: the offset is subtracted in two parts, the first of which
/// leaves no rounding where a feature is near its offset.
void add_scaling(const TrainedModel& model, Graph& graph) {
  if (model.offset() == nullptr) return;
  const double *offset = model.offset(), *gain = model.gain();
  const auto coarse = floats_of(model.features(), [&](std::int64_t i) { return offset[i]; });
  const auto fine = floats_of(model.features(), [&](std::int64_t i) { return offset[i] - static_cast<float>(offset[i]); });
  const auto factor = floats_of(model.features(), [&](std::int64_t i) { return gain[i]; });
  if (!all_are(0, coarse)) graph.add("Sub", {graph.constant_or_one("offset", model.input(), coarse)});
  if (!all_are(0, fine)) graph.add("Sub", {graph.constant_or_one("offset_rest", model.input(), fine)});
  if (!all_are(1, factor)) graph.add("Mul", {graph.constant_or_one("gain", model.input(), factor)});
}

/// A NaN is one still when it has been scaled, and then becomes what the scaled substitute is.
void add_missing(const TrainedModel& model, Graph& graph) {
  if (model.missing() == nullptr) return;
  const auto values = floats_of(model.features(), [&](std::int64_t i) {
    return model.offset() == nullptr ? model.missing()[i] : (model.missing()[i] - model.offset()[i]) * model.gain()[i];
  });
  const std::string scaled = graph.last();
  graph.add("IsNaN");
  graph.add_on({graph.last(), graph.constant_or_one("missing", model.input(), values), scaled}, "Where");
}

void add_finish(Finish finish, Graph& graph) {
  if (finish == Finish::softmax) graph.add("Softmax", {}, {{"axis", std::int64_t{1}}});
  if (finish == Finish::sigmoid) graph.add("Sigmoid");
}

void add_names(const char* key, const std::vector<std::string>& names, Graph& graph) {
  if (!names.empty())
    graph.add_metadata(key, nlohmann::json(names).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

class Onnx final : public Exporter {
 public:
  explicit Onnx(const Setup& setup)
      : input_(setup.get<std::string>("input")),
        output_(setup.get<std::string>("output")),
        outputs_(setup.find<std::string>("outputs")) {}

  void write(const TrainedModel& model, const ExportFiles& files) override {
    const Finish finish = finish_of(outputs_, model.problem());
    Graph graph(input_, model.input(), output_);
    graph.begin_layer("preparation");
    add_scaling(model, graph);
    add_missing(model, graph);
    const std::string prepared = graph.last();
    std::vector<std::string> outputs;  // of each layer
    for (const ModelLayer& layer : model.layers()) {
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
    files.write(graph.finish(model.name(), {model.problem().outputs()}));
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
Input: float32, batch x shape of a sample, as data files hold it: scaling and, where the model was trained with missing values,
their replacement are part of the graph. Output: float32, batch x outputs. The metadata hold class_names, feature_names and
output_names, as far as the model has them, each a JSON list.
"""
[parameters.input]
type = "string"
default = "input"
doc = "name of the graph's input"
[parameters.output]
type = "string"
default = "output"
doc = "name of the graph's output"
)toml" TREINO_OUTPUTS_TOML)
