// Operators are those of opset 13, and the format's version is the one that came with it, so that readers since 2020 take the file.
#include "graph.hpp"

#include <algorithm>
#include <climits>
#include <stdexcept>

namespace treino::exporters {

namespace {

constexpr std::int64_t opset = 13, format_version = 7;

void describe(onnx::ValueInfoProto& value, const std::string& name, const Graph::Shape& shape) {
  value.set_name(name);
  auto& tensor = *value.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(onnx::TensorProto::FLOAT);
  tensor.mutable_shape()->add_dim()->set_dim_param("batch");
  for (const std::int64_t size : shape) tensor.mutable_shape()->add_dim()->set_dim_value(size);
}

}  // namespace

Graph::Attribute::Attribute(const char* attribute_name, float value) {
  proto.set_name(attribute_name);
  proto.set_type(onnx::AttributeProto::FLOAT);
  proto.set_f(value);
}

Graph::Attribute::Attribute(const char* attribute_name, std::int64_t value) {
  proto.set_name(attribute_name);
  proto.set_type(onnx::AttributeProto::INT);
  proto.set_i(value);
}

Graph::Attribute::Attribute(const char* attribute_name, const Shape& values) {
  proto.set_name(attribute_name);
  proto.set_type(onnx::AttributeProto::INTS);
  for (const std::int64_t value : values) proto.add_ints(value);
}

Graph::Attribute::Attribute(const char* attribute_name, const char* text) {
  proto.set_name(attribute_name);
  proto.set_type(onnx::AttributeProto::STRING);
  proto.set_s(text);
}

Graph::Graph(const std::string& output) : output_(output), taken_{output} {
  model_.set_ir_version(format_version);
  model_.set_producer_name("Treino");
  model_.add_opset_import()->set_version(opset);
}

void Graph::add_input(const std::string& name, const Shape& shape) {
  if (name.empty() || output_.empty() || !taken_.insert(name).second)
    throw std::invalid_argument("input and output: expected two names, got '" + name + "' and '" + output_ + "'");
  describe(*model_.mutable_graph()->add_input(), name, shape);
  last_ = name;
}

std::string Graph::unique(const std::string& name) {
  std::string free = name;
  for (int number = 2; !taken_.insert(free).second; ++number) free = name + "_" + std::to_string(number);
  return free;
}

const std::string& Graph::add(const std::string& op, const std::vector<std::string>& further,
                              const std::vector<Attribute>& attributes) {
  std::vector<std::string> inputs = {last_};
  inputs.insert(inputs.end(), further.begin(), further.end());
  return add_on(inputs, op, attributes);
}

const std::string& Graph::add_on(const std::vector<std::string>& inputs, const std::string& op,
                                 const std::vector<Attribute>& attributes, int output, bool names_all) {
  onnx::NodeProto& node = *model_.mutable_graph()->add_node();
  for (const std::string& input : inputs) node.add_input(input);
  node.set_op_type(op);
  for (const Attribute& attribute : attributes) *node.add_attribute() = attribute.proto;
  last_ = unique(layer_ + "/" + op);
  node.set_name(last_);
  for (int i = 0; i < output; ++i) node.add_output(names_all ? unique(last_ + "/unread") : "");
  node.add_output(last_);
  return last_;
}

onnx::TensorProto& Graph::add_constant(const std::string& name, const Shape& shape, onnx::TensorProto::DataType type,
                                       const void* values, std::size_t bytes) {
  static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "raw data are little-endian");
  onnx::TensorProto& tensor = *model_.mutable_graph()->add_initializer();
  for (const std::int64_t length : shape) tensor.add_dims(length);
  tensor.set_data_type(type);
  tensor.set_name(unique(layer_ + "/" + name));
  tensor.set_raw_data(values, bytes);
  return tensor;
}

std::string Graph::constant(const std::string& name, const Shape& shape, const float* values) {
  std::size_t size = 1;
  for (const std::int64_t length : shape) size *= static_cast<std::size_t>(length);
  return add_constant(name, shape, onnx::TensorProto::FLOAT, values, size * sizeof *values).name();
}

std::string Graph::constant(const std::string& name, const Shape& values) {
  const auto length = static_cast<std::int64_t>(values.size());
  return add_constant(name, {length}, onnx::TensorProto::INT64, values.data(), values.size() * sizeof values[0]).name();
}

std::string Graph::scalar(const std::string& name, std::int64_t value) {
  return add_constant(name, {}, onnx::TensorProto::INT64, &value, sizeof value).name();
}

std::string Graph::constant(const std::string& name, float value) { return constant(name, {1}, &value); }

std::string Graph::constant_or_one(const std::string& name, const Shape& shape, const std::vector<float>& values) {
  const bool one = std::all_of(values.begin(), values.end(), [&](float value) { return value == values.front(); });
  return one ? constant(name, values.front()) : constant(name, shape, values.data());
}

void Graph::add_metadata(const std::string& key, const std::string& value) {
  auto& entry = *model_.add_metadata_props();
  entry.set_key(key);
  entry.set_value(value);
}

std::string Graph::finish(const std::string& name, const Shape& shape) {
  onnx::GraphProto& graph = *model_.mutable_graph();
  // Where the last layer leaves its input as it is, that may have been put out before the last node.
  if (graph.node_size() == 0 || graph.node(graph.node_size() - 1).output(0) != last_) add("Identity");
  // Nobody else takes what the last node has put out.
  onnx::NodeProto& last = *graph.mutable_node(graph.node_size() - 1);
  last.set_output(last.output_size() - 1, output_);
  describe(*graph.add_output(), output_, shape);
  graph.set_name(name);
  if (model_.ByteSizeLong() > INT_MAX)
    throw std::runtime_error("the model takes " + std::to_string(model_.ByteSizeLong() >> 20) +
                             " MiB, and one file of this format holds at most 2048");
  return model_.SerializeAsString();
}

}  // namespace treino::exporters
