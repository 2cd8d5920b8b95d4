// An ONNX model while it is made: nodes, each working on what others before it put out, and the constants that they take.
#pragma once
#include <onnx.pb.h>

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace treino::exporters {

// Of TensorProto.DataType, as Cast names them.
constexpr std::int64_t float_type = 1, int32_type = 6, int64_type = 7, bool_type = 9;

class Graph {
 public:
  using Shape = std::vector<std::int64_t>;

  /// An attribute of a node.
  struct Attribute {
    Attribute(const char* attribute_name, float value);
    Attribute(const char* attribute_name, std::int64_t value);
    Attribute(const char* attribute_name, const Shape& values);
    Attribute(const char* attribute_name, const char* text);
    onnx::AttributeProto proto;
  };

  /// `output`: the name of what finish() declares.
  explicit Graph(const std::string& output);

  /// One of the graph's inputs, which is last() then: of this shape after the batch's dimension, which has a name in place of a size.
  /// Throws where another input, or the output, has the name.
  void add_input(const std::string& name, const Shape& shape);

  /// Names of the nodes that follow begin with this: "dense_1/Gemm".
  void begin_layer(const std::string& name) { layer_ = name; }
  /// The same of one that works on what these nodes, or the input, have put out.
  void begin_layer(const std::string& name, std::vector<std::string> inputs) {
    layer_ = name;
    last_ = inputs.front();
    inputs_ = std::move(inputs);
  }

  /// What the last node has put out; before a layer's first node, the layer's first input.
  const std::string& last() const { return last_; }
  /// All that the layer works on.
  const std::vector<std::string>& inputs() const { return inputs_; }

  /// Adds an operator on last() and further inputs; "": one of those that it can do without is left out. Returns the name of what it puts out, which is last() from now on.
  const std::string& add(const std::string& op, const std::vector<std::string>& further = {},
                         const std::vector<Attribute>& attributes = {});
  /// The same without last(). `output`: which of the operator's outputs it is; those before it are left out, or get names with
  /// `names_all`, where the operator has to put them out.
  const std::string& add_on(const std::vector<std::string>& inputs, const std::string& op,
                            const std::vector<Attribute>& attributes = {}, int output = 0, bool names_all = false);

  /// A constant, and its name.
  std::string constant(const std::string& name, const Shape& shape, const float* values);
  std::string constant(const std::string& name, float value);
  std::string constant(const std::string& name, const Shape& values);
  /// One without dimensions.
  std::string scalar(const std::string& name, std::int64_t value);
  /// The same, where all values are one: that alone.
  std::string constant_or_one(const std::string& name, const Shape& shape, const std::vector<float>& values);

  void add_metadata(const std::string& key, const std::string& value);

  /// Declares what the last node has put out as the graph's output. Returns the file's bytes. Throws where they would be too many.
  std::string finish(const std::string& name, const Shape& shape);

 private:
  std::string unique(const std::string& name);
  onnx::TensorProto& add_constant(const std::string& name, const Shape& shape, onnx::TensorProto::DataType type,
                                  const void* values, std::size_t bytes);

  onnx::ModelProto model_;
  std::string output_, layer_, last_;
  std::vector<std::string> inputs_;
  std::set<std::string> taken_;
};

}  // namespace treino::exporters
