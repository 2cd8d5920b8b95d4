// ONNX's recurrent operators want steps before samples, and gates in an order of their own; attention is made of products.
#include "sequences.hpp"

#include <algorithm>
#include <climits>
#include <cmath>
#include <limits>
#include <optional>

#include "padding.hpp"

namespace treino::exporters {

namespace {

/// Blocks of rows in another order: gate `order[i]` of ours comes i-th there.
std::vector<float> reordered(const ModelArray& array, const std::vector<std::int64_t>& order) {
  const std::int64_t size = array.size() / static_cast<std::int64_t>(order.size());
  std::vector<float> all;
  for (const std::int64_t gate : order) all.insert(all.end(), array.data() + gate * size, array.data() + (gate + 1) * size);
  return all;
}

struct RecurrentOperator {
  const char* op;
  std::vector<std::int64_t> order;
  std::vector<Graph::Attribute> attributes;
};

/// An array of both directions, or of the one, with a first dimension for them.
std::string recurrent_constant(const ModelLayer& layer, const char* name, const RecurrentOperator& how, Graph& graph) {
  std::vector<float> all = reordered(layer.array(name), how.order);
  Graph::Shape shape = layer.array(name).shape();
  shape.insert(shape.begin(), 1);
  if (const auto other = layer.find((std::string(name) + "_reverse").c_str())) {
    const std::vector<float> second = reordered(*other, how.order);
    all.insert(all.end(), second.begin(), second.end());
    shape[0] = 2;
  }
  return graph.constant(name, shape, all.data());
}

/// Of each direction the input's biases, then the recurrent ones; "": none.
std::string biases_of(const ModelLayer& layer, const RecurrentOperator& how, Graph& graph) {
  if (!layer.find("bias_ih")) return "";
  std::vector<float> all;
  for (const char* name : {"bias_ih", "bias_hh", "bias_ih_reverse", "bias_hh_reverse"}) {
    const auto array = layer.find(name);
    if (!array) continue;
    const std::vector<float> values = reordered(*array, how.order);
    all.insert(all.end(), values.begin(), values.end());
  }
  const std::int64_t width = 2 * layer.array("bias_ih").size();
  return graph.constant("bias", {static_cast<std::int64_t>(all.size()) / width, width}, all.data());
}

void add_recurrent(const ModelLayer& layer, RecurrentOperator how, Graph& graph) {
  const bool both = layer.setting<bool>("bidirectional"), backwards = layer.setting<bool>("go_backwards");
  const bool sequences = layer.setting<bool>("return_sequences");
  const std::int64_t units = layer.setting<std::int64_t>("units");
  how.attributes.emplace_back("hidden_size", units);
  how.attributes.emplace_back("direction", both ? "bidirectional" : backwards ? "reverse" : "forward");
  std::optional<Compacted> compacted;
  if (has_padding(layer)) compacted.emplace(layer, graph.inputs().front(), graph);
  graph.add_on({compacted ? compacted->sequence() : graph.inputs().front()}, "Transpose", {{"perm", Graph::Shape{1, 0, 2}}});
  const std::string steps = graph.last();
  std::vector<std::string> inputs{steps, recurrent_constant(layer, "weight_ih", how, graph),
                                  recurrent_constant(layer, "weight_hh", how, graph)};
  const std::string bias = biases_of(layer, how, graph);
  if (!bias.empty() || compacted) inputs.push_back(bias);
  if (compacted) inputs.push_back(compacted->lengths());
  // The first output is steps x directions x samples x units, the second directions x samples x units of the last step.
  graph.add_on(inputs, how.op, how.attributes, sequences ? 0 : 1);
  if (sequences) {
    const std::int64_t width = both ? 2 * units : units;
    graph.add("Transpose", {}, {{"perm", Graph::Shape{2, 0, 1, 3}}});
    graph.add("Reshape", {graph.constant("shape", Graph::Shape{0, 0, width})});
    if (compacted) compacted->spread(graph.last(), width, graph);
    // The reverse direction's outputs stand where their inputs do.
    if (backwards)
      graph.add("Slice", {graph.constant("first", Graph::Shape{-1}), graph.constant("last", Graph::Shape{INT_MIN}),
                          graph.constant("axis", Graph::Shape{1}), graph.constant("step", Graph::Shape{-1})});
    return;
  }
  graph.add("Transpose", {}, {{"perm", Graph::Shape{1, 0, 2}}});
  graph.add("Reshape", {graph.constant("shape", Graph::Shape{0, both ? 2 * units : units})});
}

/// A row for each input, as MatMul takes it.
std::string transposed(const ModelLayer& layer, const char* name, Graph& graph) {
  const ModelArray array = layer.array(name);
  const std::int64_t rows = array.shape()[0], columns = array.shape()[1];
  std::vector<float> values;
  for (std::int64_t j = 0; j < columns; ++j)
    for (std::int64_t i = 0; i < rows; ++i) values.push_back(array.data()[i * columns + j]);
  return graph.constant(name, {columns, rows}, values.data());
}

/// `rows` times a transposed weight, plus the bias where there is one.
void project(const std::string& rows, const ModelLayer& layer, const char* weight, const char* bias, Graph& graph) {
  graph.add_on({rows, transposed(layer, weight, graph)}, "MatMul");
  if (const auto array = layer.find(bias)) graph.add("Add", {graph.constant(bias, array->shape(), array->data())});
}

/// Minus infinity wherever a later step would be seen.
std::string causal_mask(std::int64_t length, Graph& graph) {
  std::vector<float> mask(static_cast<std::size_t>(length * length));
  for (std::int64_t t = 0; t < length; ++t)
    std::fill(mask.begin() + t * length + t + 1, mask.begin() + (t + 1) * length, -std::numeric_limits<float>::infinity());
  return graph.constant("mask", {length, length}, mask.data());
}

/// What takes no part in the softmax, and is finite, so that this has a value where there is nothing else.
constexpr float lowest = -1e30f;

/// batch x 1 x 1 x length: steps that are padding.
std::string unseen(const ModelLayer& layer, Graph& graph) {
  return graph.add_on({padding_of(layer, graph), graph.constant("axes", Graph::Shape{1, 2})}, "Unsqueeze");
}

}  // namespace

/// Indices are floats in our features, and int64 for Gather.
void add_embedding(const ModelLayer& layer, Graph& graph) {
  const ModelArray weight = layer.array("weight");
  graph.add("Cast", {}, {{"to", int64_type}});
  const std::string indices = graph.last();
  graph.add_on({graph.constant("weight", weight.shape(), weight.data()), indices}, "Gather");
}

void add_positional_embedding(const ModelLayer& layer, Graph& graph) {
  const ModelArray weight = layer.array("weight");
  graph.add("Add", {graph.constant("weight", weight.shape(), weight.data())});
}

void add_lstm(const ModelLayer& layer, Graph& graph) { add_recurrent(layer, {"LSTM", {0, 3, 1, 2}, {}}, graph); }

void add_gru(const ModelLayer& layer, Graph& graph) {
  add_recurrent(layer, {"GRU", {1, 0, 2}, {{"linear_before_reset", std::int64_t{1}}}}, graph);
}

void add_simple_rnn(const ModelLayer& layer, Graph& graph) { add_recurrent(layer, {"RNN", {0}, {}}, graph); }

void add_attention(const ModelLayer& layer, Graph& graph) {
  const std::string padding = has_padding(layer) ? unseen(layer, graph) : "", input = graph.inputs().front();
  const std::int64_t length = layer.input()[0], width = layer.input()[1], heads = layer.setting<std::int64_t>("num_heads");
  project(input, layer, "in_proj_weight", "in_proj_bias", graph);
  const std::string shape = graph.constant("heads", Graph::Shape{0, length, 3, heads, width / heads});
  graph.add("Reshape", {shape});
  graph.add("Transpose", {}, {{"perm", Graph::Shape{2, 0, 3, 1, 4}}});  // (queries, keys, values) x batch x heads x length x size
  const std::string all = graph.last();
  const auto part = [&](const char* name, std::int64_t number) {
    const std::int64_t index = number;
    return graph.add_on({all, graph.scalar(name, index)}, "Gather", {{"axis", std::int64_t{0}}});
  };
  const std::string query = part("query", 0), key = part("key", 1), value = part("value", 2);
  const std::string turned = graph.add_on({key}, "Transpose", {{"perm", Graph::Shape{0, 1, 3, 2}}});
  graph.add_on({query, turned}, "MatMul");
  graph.add("Mul", {graph.constant("scale", static_cast<float>(1 / std::sqrt(static_cast<double>(width / heads))))});
  if (layer.setting<bool>("causal")) graph.add("Add", {causal_mask(length, graph)});
  if (!padding.empty()) graph.add_on({padding, graph.constant("unseen", lowest), graph.last()}, "Where");
  graph.add("Softmax", {}, {{"axis", std::int64_t{-1}}});
  // Where all is padding, nothing is seen.
  if (!padding.empty()) graph.add_on({padding, graph.constant("nothing", 0.0f), graph.last()}, "Where");
  graph.add("MatMul", {value});
  graph.add("Transpose", {}, {{"perm", Graph::Shape{0, 2, 1, 3}}});
  graph.add("Reshape", {graph.constant("width", Graph::Shape{0, length, width})});
  project(graph.last(), layer, "out_proj_weight", "out_proj_bias", graph);
}

}  // namespace treino::exporters
