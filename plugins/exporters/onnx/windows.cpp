// What ONNX's operators take of a window: its shape, steps, padding and dilation, each along all axes.
#include "windows.hpp"

#include "weights.hpp"

namespace treino::exporters {

namespace {

std::vector<Graph::Attribute> attributes_of(const ModelWindow& window) {
  return {{"kernel_shape", Graph::Shape{window.kernel[0], window.kernel[1]}},
          {"strides", Graph::Shape{window.stride[0], window.stride[1]}},
          {"pads", Graph::Shape{window.before[0], window.before[1], window.after[0], window.after[1]}}};
}

/// Along the length alone.
std::vector<Graph::Attribute> attributes_of_line(const ModelWindow& window) {
  return {{"kernel_shape", Graph::Shape{window.kernel[1]}},
          {"strides", Graph::Shape{window.stride[1]}},
          {"pads", Graph::Shape{window.before[1], window.after[1]}}};
}

/// What a convolution has beside a pool's window.
void add_convolution(const char* op, const ModelLayer& layer, std::vector<Graph::Attribute> attributes, Graph& graph) {
  attributes.emplace_back("group", layer.setting<std::int64_t>("groups"));
  std::vector<std::string> further = {weights_of(layer, "weight", graph)};
  if (layer.find("bias")) further.push_back(weights_of(layer, "bias", graph));
  graph.add(op, further, attributes);
}

/// A sequence has no height.
std::vector<Graph::Attribute> pool_attributes(const ModelLayer& layer) {
  const ModelWindow window = window_of(layer, 0);
  return layer.input().size() > 2 ? attributes_of(window) : attributes_of_line(window);
}

}  // namespace

void add_conv1d(const ModelLayer& layer, Graph& graph) {
  const ModelWindow window = window_of(layer, 1);
  std::vector<Graph::Attribute> attributes = attributes_of_line(window);
  attributes.emplace_back("dilations", Graph::Shape{window.dilation[1]});
  add_convolution("Conv", layer, attributes, graph);
}

void add_conv2d(const ModelLayer& layer, Graph& graph) {
  const ModelWindow window = window_of(layer, 1);
  std::vector<Graph::Attribute> attributes = attributes_of(window);
  attributes.emplace_back("dilations", Graph::Shape{window.dilation[0], window.dilation[1]});
  add_convolution("Conv", layer, attributes, graph);
}

/// What the strides and the padding do not say of the output's size is padding of the output.
void add_conv2d_transpose(const ModelLayer& layer, Graph& graph) {
  const ModelWindow window = window_of(layer, 1);
  Graph::Shape further;
  for (std::size_t axis : {0, 1})
    further.push_back(layer.output()[axis + 1] - (layer.input()[axis + 1] - 1) * window.stride[axis] -
                      (window.kernel[axis] - 1) * window.dilation[axis] - 1 + window.before[axis] + window.after[axis]);
  std::vector<Graph::Attribute> attributes = attributes_of(window);
  attributes.emplace_back("dilations", Graph::Shape{window.dilation[0], window.dilation[1]});
  attributes.emplace_back("output_padding", further);
  add_convolution("ConvTranspose", layer, attributes, graph);
}

void add_max_pool(const ModelLayer& layer, Graph& graph) { graph.add("MaxPool", {}, pool_attributes(layer)); }

void add_avg_pool(const ModelLayer& layer, Graph& graph) {
  std::vector<Graph::Attribute> attributes = pool_attributes(layer);
  attributes.emplace_back("count_include_pad", std::int64_t{0});
  graph.add("AveragePool", {}, attributes);
}

}  // namespace treino::exporters
