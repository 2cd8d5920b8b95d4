// Opset 13 has an operator for most layers. It has none for gelu, silu, layer_norm and the like, which are
// made of several.
#include "layers.hpp"

#include <algorithm>
#include <cmath>

#include "merges.hpp"
#include "sequences.hpp"
#include "weights.hpp"
#include "windows.hpp"

namespace treino::exporters {

namespace {

std::int64_t size_of(const SampleShape& shape) {
  std::int64_t size = 1;
  for (const std::int64_t length : shape) size *= length;
  return size;
}

/// With a row of weights for each output, as PyTorch exports it, which all readers know; Treino keeps one for each input.
void add_dense(const ModelLayer& layer, Graph& graph) {
  const ModelArray weight = layer.array("weight");
  const std::int64_t inputs = weight.shape()[0], units = weight.shape()[1];
  std::vector<float> transposed;
  transposed.reserve(static_cast<std::size_t>(inputs * units));
  for (std::int64_t u = 0; u < units; ++u)
    for (std::int64_t i = 0; i < inputs; ++i) transposed.push_back(weight.data()[i * units + u]);
  if (layer.input().size() > 1) {
    graph.add("MatMul", {weights_of(layer, "weight", graph)});
    if (layer.find("bias")) graph.add("Add", {weights_of(layer, "bias", graph)});
    return;
  }
  std::vector<std::string> further = {graph.constant("weight", {units, inputs}, transposed.data())};
  if (layer.find("bias")) further.push_back(weights_of(layer, "bias", graph));
  graph.add("Gemm", further, {{"transB", std::int64_t{1}}});
}

AddLayer global_pool(const char* op) {
  return [op](const ModelLayer&, Graph& graph) {
    graph.add(op);
    graph.add("Flatten", {}, {{"axis", std::int64_t{1}}});
  };
}

void add_batch_norm(const ModelLayer& layer, Graph& graph) {
  graph.add("BatchNormalization",
            {weights_of(layer, "weight", graph), weights_of(layer, "bias", graph), weights_of(layer, "running_mean", graph),
             weights_of(layer, "running_var", graph)},
            {{"epsilon", static_cast<float>(layer.setting<double>("epsilon"))}});
}

/// With the batch's dimension, as Reshape takes it.
Graph::Shape batch_of(Graph::Shape sample) {
  sample.insert(sample.begin(), 0);  // 0: as it is
  return sample;
}

/// Each of `parts` equal parts of a sample by itself, as a channel that InstanceNormalization normalizes; then the sample has its
/// own shape again.
void normalize_parts(const ModelLayer& layer, std::int64_t parts, Graph& graph) {
  const std::vector<float> ones(static_cast<std::size_t>(parts), 1.0f), zeros(ones.size());
  graph.add("Reshape", {graph.constant("parts", Graph::Shape{0, parts, -1})});
  graph.add("InstanceNormalization",
            {graph.constant("ones", {parts}, ones.data()), graph.constant("zeros", {parts}, zeros.data())},
            {{"epsilon", static_cast<float>(layer.setting<double>("epsilon"))}});
  graph.add("Reshape", {graph.constant("shape", batch_of(layer.input()))});
}

void add_layer_norm(const ModelLayer& layer, Graph& graph) {
  const ModelArray weight = layer.array("weight");
  normalize_parts(layer, size_of(layer.input()) / weight.size(), graph);
  graph.add("Mul", {weights_of(layer, "weight", graph)});
  graph.add("Add", {weights_of(layer, "bias", graph)});
}

/// Weight and bias of a channel hold for all its places.
void add_group_norm(const ModelLayer& layer, Graph& graph) {
  normalize_parts(layer, layer.setting<std::int64_t>("groups"), graph);
  Graph::Shape shape(layer.input().size(), 1);
  shape[0] = layer.input()[0];
  graph.add("Mul", {graph.constant("weight", shape, layer.array("weight").data())});
  graph.add("Add", {graph.constant("bias", shape, layer.array("bias").data())});
}

/// x / sqrt(mean of x^2 + epsilon), the mean over as many of the last axes as the weight has.
void add_rms_norm(const ModelLayer& layer, Graph& graph) {
  const std::string input = graph.last();
  Graph::Shape axes;
  for (std::size_t i = 0; i < layer.array("weight").shape().size(); ++i)
    axes.push_back(static_cast<std::int64_t>(layer.input().size() - i));
  std::reverse(axes.begin(), axes.end());
  graph.add("Mul", {input});
  graph.add("ReduceMean", {}, {{"axes", axes}, {"keepdims", std::int64_t{1}}});
  graph.add("Add", {graph.constant("epsilon", static_cast<float>(layer.setting<double>("epsilon")))});
  graph.add("Sqrt");
  const std::string root = graph.last();
  graph.add_on({input, root}, "Div");
  graph.add("Mul", {weights_of(layer, "weight", graph)});
}

void add_upsample(const ModelLayer& layer, Graph& graph) {
  const float scales[] = {1, 1, static_cast<float>(layer.output()[1] / layer.input()[1]),
                          static_cast<float>(layer.output()[2] / layer.input()[2])};
  graph.add("Resize", {"", graph.constant("scales", {4}, scales)},
            {{"mode", "nearest"}, {"coordinate_transformation_mode", "asymmetric"}, {"nearest_mode", "floor"}});
}

void add_silu(const ModelLayer&, Graph& graph) {
  const std::string input = graph.last();
  graph.add("Sigmoid");
  graph.add("Mul", {input});
}

void add_softplus(const ModelLayer& layer, Graph& graph) {
  const float beta = static_cast<float>(layer.setting<double>("beta"));
  if (beta != 1) graph.add("Mul", {graph.constant("beta", beta)});
  graph.add("Softplus");
  if (beta != 1) graph.add("Div", {graph.constant("beta", beta)});
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
      {"embedding", add_embedding},
      {"positional_embedding", add_positional_embedding},
      {"simple_rnn", add_simple_rnn},
      {"lstm", add_lstm},
      {"gru", add_gru},
      {"attention", add_attention},
      {"conv1d", add_conv1d},
      {"conv2d", add_conv2d},
      {"conv2d_transpose", add_conv2d_transpose},
      {"max_pool", add_max_pool},
      {"avg_pool", add_avg_pool},
      {"global_avg_pool", global_pool("GlobalAveragePool")},
      {"global_max_pool", global_pool("GlobalMaxPool")},
      {"upsample", add_upsample},
      {"flatten", add_flatten},
      {"relu", plain("Relu")},
      {"leaky_relu", with_alpha("LeakyRelu", "slope")},
      {"elu", with_alpha("Elu", "alpha")},
      {"sigmoid", plain("Sigmoid")},
      {"hard_sigmoid",
       [](const ModelLayer&, Graph& graph) {
         graph.add("HardSigmoid", {}, {{"alpha", 1.0f / 6}, {"beta", 0.5f}});
       }},
      {"tanh", plain("Tanh")},
      {"gelu", add_gelu},
      {"silu", add_silu},
      {"softplus", add_softplus},
      {"softmax",
       [](const ModelLayer&, Graph& graph) {
         graph.add("Softmax", {}, {{"axis", std::int64_t{-1}}});
       }},
      {"dropout", [](const ModelLayer&, Graph&) {}},  // does nothing after training
      {"batch_norm", add_batch_norm},
      {"layer_norm", add_layer_norm},
      {"rms_norm", add_rms_norm},
      {"group_norm", add_group_norm},
      {"reshape", add_reshape},
      {"permute", add_permute},
      {"add", of_pairs("Add")},
      {"multiply", of_pairs("Mul")},
      {"concat", add_concat},
  };
  return operators;
}

}  // namespace treino::exporters
