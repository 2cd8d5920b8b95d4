// Opset 13 has an operator for most layers. It has none for gelu and layer_norm, which are made of several.
#include "layers.hpp"

#include <cmath>

namespace treino::exporters {

namespace {

std::string weights_of(const ModelLayer& layer, const char* name, Graph& graph) {
  const ModelArray array = layer.array(name);
  return graph.constant(name, array.shape(), array.data());
}

/// With a row of weights for each output, as PyTorch exports it, which all readers know; Treino keeps one for each input.
void add_dense(const ModelLayer& layer, Graph& graph) {
  const ModelArray weight = layer.array("weight");
  const std::int64_t inputs = weight.shape()[0], units = weight.shape()[1];
  std::vector<float> transposed;
  transposed.reserve(static_cast<std::size_t>(inputs * units));
  for (std::int64_t u = 0; u < units; ++u)
    for (std::int64_t i = 0; i < inputs; ++i) transposed.push_back(weight.data()[i * units + u]);
  std::vector<std::string> further = {graph.constant("weight", {units, inputs}, transposed.data())};
  if (layer.find("bias")) further.push_back(weights_of(layer, "bias", graph));
  graph.add("Gemm", further, {{"transB", std::int64_t{1}}});
}

std::vector<Graph::Attribute> attributes_of(const ModelWindow& window) {
  return {{"kernel_shape", Graph::Shape{window.kernel[0], window.kernel[1]}},
          {"strides", Graph::Shape{window.stride[0], window.stride[1]}},
          {"pads", Graph::Shape{window.before[0], window.before[1], window.after[0], window.after[1]}}};
}

void add_conv2d(const ModelLayer& layer, Graph& graph) {
  std::vector<std::string> further = {weights_of(layer, "weight", graph)};
  if (layer.find("bias")) further.push_back(weights_of(layer, "bias", graph));
  graph.add("Conv", further, attributes_of(window_of(layer, 1)));
}

void add_max_pool(const ModelLayer& layer, Graph& graph) { graph.add("MaxPool", {}, attributes_of(window_of(layer, 0))); }

void add_avg_pool(const ModelLayer& layer, Graph& graph) {
  std::vector<Graph::Attribute> attributes = attributes_of(window_of(layer, 0));
  attributes.emplace_back("count_include_pad", std::int64_t{0});
  graph.add("AveragePool", {}, attributes);
}

void add_global_avg_pool(const ModelLayer&, Graph& graph) {
  graph.add("GlobalAveragePool");
  graph.add("Flatten", {}, {{"axis", std::int64_t{1}}});
}

void add_flatten(const ModelLayer& layer, Graph& graph) {
  if (layer.input().size() > 1) graph.add("Flatten", {}, {{"axis", std::int64_t{1}}});
}

void add_batch_norm(const ModelLayer& layer, Graph& graph) {
  graph.add("BatchNormalization",
            {weights_of(layer, "weight", graph), weights_of(layer, "bias", graph), weights_of(layer, "running_mean", graph),
             weights_of(layer, "running_var", graph)},
            {{"epsilon", static_cast<float>(layer.setting<double>("epsilon"))}});
}

/// A sample as one channel, which InstanceNormalization normalizes, and then in its own shape again, in which each element has a
/// weight and a bias.
void add_layer_norm(const ModelLayer& layer, Graph& graph) {
  graph.add("Reshape", {graph.constant("one_channel", Graph::Shape{0, 1, -1})});  // 0: as it is
  graph.add("InstanceNormalization", {graph.constant("one", 1.0f), graph.constant("zero", 0.0f)},
            {{"epsilon", static_cast<float>(layer.setting<double>("epsilon"))}});
  Graph::Shape shape = layer.input();
  shape.insert(shape.begin(), 0);
  graph.add("Reshape", {graph.constant("shape", shape)});
  graph.add("Mul", {weights_of(layer, "weight", graph)});
  graph.add("Add", {weights_of(layer, "bias", graph)});
}

/// x / 2 * (1 + erf(x / sqrt(2)))
void add_gelu(const ModelLayer&, Graph& graph) {
  const std::string input = graph.last();
  graph.add("Mul", {graph.constant("root", static_cast<float>(std::sqrt(0.5)))});
  graph.add("Erf");
  graph.add("Add", {graph.constant("one", 1.0f)});
  graph.add("Mul", {input});
  graph.add("Mul", {graph.constant("half", 0.5f)});
}

AddLayer plain(const char* op) {
  return [op](const ModelLayer&, Graph& graph) { graph.add(op); };
}

/// Of one parameter, which the layer calls `setting`.
AddLayer with_alpha(const char* op, const char* setting) {
  return [op, setting](const ModelLayer& layer, Graph& graph) {
    graph.add(op, {}, {{"alpha", static_cast<float>(layer.setting<double>(setting))}});
  };
}

}  // namespace

const std::map<std::string, AddLayer>& layer_operators() {
  static const std::map<std::string, AddLayer> operators = {
      {"dense", add_dense},
      {"conv2d", add_conv2d},
      {"max_pool", add_max_pool},
      {"avg_pool", add_avg_pool},
      {"global_avg_pool", add_global_avg_pool},
      {"flatten", add_flatten},
      {"relu", plain("Relu")},
      {"leaky_relu", with_alpha("LeakyRelu", "slope")},
      {"elu", with_alpha("Elu", "alpha")},
      {"sigmoid", plain("Sigmoid")},
      {"tanh", plain("Tanh")},
      {"gelu", add_gelu},
      {"softmax",
       [](const ModelLayer&, Graph& graph) {
         graph.add("Softmax", {}, {{"axis", std::int64_t{1}}});
       }},
      {"dropout", [](const ModelLayer&, Graph&) {}},  // does nothing after training
      {"batch_norm", add_batch_norm},
      {"layer_norm", add_layer_norm},
  };
  return operators;
}

}  // namespace treino::exporters
