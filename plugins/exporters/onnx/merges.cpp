// Axes are counted without the batch in Treino, and with it in ONNX.
#include "merges.hpp"

namespace treino::exporters {

AddLayer of_pairs(const char* op) {
  return [op](const ModelLayer&, Graph& graph) {
    const std::vector<std::string> inputs = graph.inputs();
    for (std::size_t k = 1; k < inputs.size(); ++k) graph.add(op, {inputs[k]});
  };
}

/// The batch is the first axis.
void add_concat(const ModelLayer& layer, Graph& graph) { graph.add_on(graph.inputs(), "Concat", {{"axis", axis_of(layer) + 1}}); }

void add_flatten(const ModelLayer& layer, Graph& graph) {
  if (layer.input().size() > 1) graph.add("Flatten", {}, {{"axis", std::int64_t{1}}});
}

void add_reshape(const ModelLayer& layer, Graph& graph) {
  Graph::Shape shape = layer.output();
  shape.insert(shape.begin(), 0);  // as it is
  graph.add("Reshape", {graph.constant("shape", shape)});
}

void add_permute(const ModelLayer& layer, Graph& graph) {
  Graph::Shape order{0};
  for (const std::int64_t axis : layer.setting<std::vector<std::int64_t>>("dims")) order.push_back(axis + 1);
  graph.add("Transpose", {}, {{"perm", order}});
}

}  // namespace treino::exporters
