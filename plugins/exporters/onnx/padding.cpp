// TopK sorts the steps: those that count first, each group in its order.
#include "padding.hpp"

namespace treino::exporters {

bool has_padding(const ModelLayer& layer) { return layer.inputs().size() > 1; }

std::string padding_of(const ModelLayer& layer, Graph& graph) {
  const std::string value =
      graph.constant("mask_value", static_cast<float>(layer.find_setting<double>("mask_value").value_or(0)));
  std::string padding = graph.add_on({graph.inputs()[1], value}, "Equal");
  if (layer.input(1).size() < 2) return padding;
  graph.add_on({padding}, "Cast", {{"to", float_type}});
  graph.add("ReduceMin", {}, {{"axes", Graph::Shape{2}}, {"keepdims", std::int64_t{0}}});
  return graph.add("Cast", {}, {{"to", bool_type}});
}

Compacted::Compacted(const ModelLayer& layer, const std::string& sequence, Graph& graph) {
  const std::int64_t length = layer.input()[0], features = layer.input()[1];
  graph.add_on({padding_of(layer, graph)}, "Not");
  const std::string kept = graph.add("Cast", {}, {{"to", int64_type}});
  Graph::Shape late_first;
  for (std::int64_t t = length; t-- > 0;) late_first.push_back(t);
  graph.add_on({kept, graph.constant("length", Graph::Shape{length})}, "Mul");
  graph.add("Add", {graph.constant("places", late_first)});
  order_ =
      graph.add_on({graph.last(), graph.constant("count", Graph::Shape{length})}, "TopK", {{"axis", std::int64_t{1}}}, 1, true);
  sequence_ = graph.add_on({sequence, in_columns(order_, features, graph)}, "GatherElements", {{"axis", std::int64_t{1}}});
  graph.add_on({kept, graph.constant("axis", Graph::Shape{1})}, "ReduceSum", {{"keepdims", std::int64_t{0}}});
  lengths_ = graph.add("Cast", {}, {{"to", int32_type}});
}

std::string Compacted::in_columns(const std::string& order, std::int64_t width, Graph& graph) {
  graph.add_on({order, graph.constant("axis", Graph::Shape{2})}, "Unsqueeze");
  return graph.add("Expand", {graph.constant("width", Graph::Shape{1, 1, width})});
}

std::string Compacted::spread(std::string steps, std::int64_t width, Graph& graph) const {
  const std::string order = in_columns(order_, width, graph);
  graph.add_on({steps}, "Shape");
  const std::string zeros = graph.add("ConstantOfShape");
  return graph.add_on({zeros, order, steps}, "ScatterElements", {{"axis", std::int64_t{1}}});
}

}  // namespace treino::exporters
