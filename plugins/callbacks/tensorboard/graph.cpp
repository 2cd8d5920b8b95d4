// Makes a GraphDef of the layers: one node for each layer, and one for each of its arrays.
#include "graph.hpp"

#include <tensorboard.pb.h>

#include <vector>

#include "shared/training/selection.hpp"

namespace event_files {

namespace {

void set_shape(treino::events::NodeDef& node, const std::int64_t* shape, std::uint64_t rank, bool batch) {
  auto* dims = (*node.mutable_attr())["_output_shapes"].mutable_list()->add_shape();
  if (batch) dims->add_dim()->set_size(-1);  // unknown
  for (std::uint64_t i = 0; i < rank; ++i) dims->add_dim()->set_size(shape[i]);
}

}  // namespace

std::string graph_of(const treino::Host& host) {
  treino::events::GraphDef graph;
  auto* input = graph.add_node();
  input->set_name("input");
  input->set_op("Placeholder");
  std::vector<std::string> names;  // of the layers' nodes
  const treino::ParametersByLayer parameters(host);
  for (std::uint32_t i = 0; i < host.layer_count(); ++i) {
    const treino_layer_info layer = host.layer(i);
    const std::string scope = std::string(layer.name) + "/";
    treino::events::NodeDef node;
    node.set_name(layer.name);
    node.set_op(layer.type);
    for (const std::uint32_t from : host.layer_inputs(i)) node.add_input(from == TREINO_MODEL_INPUT ? "input" : names[from]);
    set_shape(node, layer.output_shape, layer.output_rank, true);
    for (const std::uint32_t p : parameters.of(layer.name)) {
      const std::string name = host.parameter_name(p);
      const treino_tensor view = host.parameter(p);
      auto* array = graph.add_node();
      array->set_name(name);
      array->set_op("VariableV2");
      set_shape(*array, view.shape, view.rank, false);
      node.set_name(scope + layer.type);  // a name cannot be a node and a folder of nodes
      node.add_input(name);
    }
    names.push_back(node.name());
    *graph.add_node() = std::move(node);
  }
  return graph.SerializeAsString();
}

}  // namespace event_files
