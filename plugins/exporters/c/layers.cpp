// Constants are written in the order in which the functions read them.
#include "layers.hpp"

#include "sequences.hpp"
#include "text.hpp"

namespace treino::exporters {

namespace {

std::int64_t size_of(const SampleShape& shape) {
  std::int64_t size = 1;
  for (const std::int64_t length : shape) size *= length;
  return size;
}

std::string constant_of(const ModelLayer& layer, const char* name, Program& program) {
  const auto array = layer.find(name);
  return array ? program.constant(name, array->data(), array->size()) : "NULL";
}

/// Treino's weight is inputs x units; here each unit's lie side by side.
void add_dense(const ModelLayer& layer, Program& program) {
  const std::int64_t inputs = layer.input().back(), units = layer.output().back();
  const ModelArray weight = layer.array("weight");
  std::vector<float> transposed;
  for (std::int64_t u = 0; u < units; ++u)
    for (std::int64_t i = 0; i < inputs; ++i) transposed.push_back(weight.data()[i * units + u]);
  const std::string name = program.constant("weight", transposed.data(), weight.size());
  const std::string bias = constant_of(layer, "bias", program);
  const std::int64_t steps = size_of(layer.output()) / units;
  std::vector<std::string> arguments{name, bias, std::to_string(inputs), std::to_string(units)};
  if (steps > 1) arguments.insert(arguments.begin() + 2, std::to_string(steps));
  program.call(steps > 1 ? "dense_steps" : "dense", arguments, units * steps);
}

/// `in`, `out`: the larger and the smaller image, those of a convolution's input and output.
std::string declare_window(const ModelLayer& layer, std::int64_t default_stride, const SampleShape& in, const SampleShape& out,
                           Program& program) {
  const ModelWindow window = window_of(layer, default_stride);
  std::string text = "static const window " + program.prefix() + "window = {";
  for (const std::int64_t value : {in[0], in[1], in[2], window.kernel[0], window.kernel[1], window.stride[0], window.stride[1],
                                   window.before[0], window.before[1], window.dilation[0], window.dilation[1], out[1]})
    text += std::to_string(value) + ", ";
  program.declare(text + std::to_string(out[2]) + "};\n");
  return "&" + program.prefix() + "window";
}

/// As an image of one row, where it has no height.
SampleShape image_of(SampleShape shape) {
  if (shape.size() == 2) shape.insert(shape.begin() + 1, 1);
  return shape;
}

void add_convolution(const ModelLayer& layer, Program& program) {
  const std::string weight = constant_of(layer, "weight", program), bias = constant_of(layer, "bias", program);
  const std::string window = declare_window(layer, 1, image_of(layer.input()), image_of(layer.output()), program);
  program.call("conv2d",
               {weight, bias, window, std::to_string(layer.output()[0]), std::to_string(layer.setting<std::int64_t>("groups"))},
               size_of(layer.output()));
}

void add_conv2d_transpose(const ModelLayer& layer, Program& program) {
  const std::string weight = constant_of(layer, "weight", program), bias = constant_of(layer, "bias", program);
  const std::string window = declare_window(layer, 1, layer.output(), layer.input(), program);
  program.call("conv2d_transpose",
               {weight, bias, window, std::to_string(layer.input()[0]), std::to_string(layer.setting<std::int64_t>("groups"))},
               size_of(layer.output()));
}

AddLayer pool(const char* function) {
  return [function](const ModelLayer& layer, Program& program) {
    program.call(function, {declare_window(layer, 0, image_of(layer.input()), image_of(layer.output()), program)},
                 size_of(layer.output()));
  };
}

AddLayer global_pool(const char* function) {
  return [function](const ModelLayer& layer, Program& program) {
    const std::int64_t channels = layer.output()[0];
    program.call(function, {std::to_string(channels), std::to_string(size_of(layer.input()) / channels)}, channels);
  };
}

void add_upsample(const ModelLayer& layer, Program& program) {
  const SampleShape in = layer.input(), out = layer.output();
  std::vector<std::string> arguments;
  for (const std::int64_t value : {in[0] * in[1], in[2], out[1] / in[1], out[2] / in[2]})
    arguments.push_back(std::to_string(value));
  program.call("upsample", arguments, size_of(out));
}

void add_batch_norm(const ModelLayer& layer, Program& program) {
  std::vector<std::string> arguments;
  for (const char* name : {"weight", "bias", "running_mean", "running_var"})
    arguments.push_back(constant_of(layer, name, program));
  const std::int64_t channels = layer.input()[0];
  arguments.push_back(literal(layer.setting<double>("epsilon")));
  arguments.push_back(std::to_string(channels));
  program.call_in_place("batch_norm", arguments, program.size() / channels);
}

void add_layer_norm(const ModelLayer& layer, Program& program) {
  const std::string weight = constant_of(layer, "weight", program), bias = constant_of(layer, "bias", program);
  const std::int64_t size = layer.array("weight").size();
  program.call_in_place("layer_norm",
                        {weight, bias, literal(layer.setting<double>("epsilon")), std::to_string(program.size() / size)}, size);
}

void add_rms_norm(const ModelLayer& layer, Program& program) {
  const std::string weight = constant_of(layer, "weight", program);
  const std::int64_t size = layer.array("weight").size();
  program.call_in_place("rms_norm", {weight, literal(layer.setting<double>("epsilon")), std::to_string(program.size() / size)},
                        size);
}

void add_group_norm(const ModelLayer& layer, Program& program) {
  const std::string weight = constant_of(layer, "weight", program), bias = constant_of(layer, "bias", program);
  const std::int64_t groups = layer.setting<std::int64_t>("groups"), channels = layer.input()[0];
  program.call_in_place(
      "group_norm",
      {weight, bias, literal(layer.setting<double>("epsilon")), std::to_string(groups), std::to_string(channels / groups)},
      program.size() / channels);
}

void add_softmax(const ModelLayer& layer, Program& program) {
  const std::int64_t size = layer.output().back();
  program.call_in_place("softmax", {std::to_string(program.size() / size)}, size);
}

/// In place of the first input, with each of the others.
AddLayer of_pairs(const char* function) {
  return [function](const ModelLayer& layer, Program& program) {
    for (std::size_t k = 1; k < layer.inputs().size(); ++k) program.call_in_place(function, {program.input(k)}, program.size());
  };
}

/// An input's rows go to where they lie in the output's.
void add_concat(const ModelLayer& layer, Program& program) {
  const SampleShape output = layer.output();
  std::int64_t rows = 1;
  for (std::int64_t i = 0; i < axis_of(layer); ++i) rows *= output[static_cast<std::size_t>(i)];
  const std::int64_t step = size_of(output) / rows;
  std::vector<std::vector<std::string>> arguments;
  std::int64_t offset = 0;
  for (std::size_t k = 0; k < layer.inputs().size(); ++k) {
    const std::int64_t width = size_of(layer.input(k)) / rows;
    arguments.push_back({std::to_string(rows), std::to_string(width), std::to_string(step), std::to_string(offset)});
    offset += width;
  }
  program.call_for_each("concat", arguments, size_of(output));
}

void add_permute(const ModelLayer& layer, Program& program) {
  const SampleShape input = layer.input();
  std::vector<std::int64_t> strides(input.size(), 1), permuted;
  for (std::size_t i = input.size() - 1; i > 0; --i) strides[i - 1] = strides[i] * input[i];
  for (const std::int64_t axis : layer.setting<std::vector<std::int64_t>>("dims"))
    permuted.push_back(strides[static_cast<std::size_t>(axis)]);
  const std::string sizes = program.constant("sizes", layer.output());
  const std::string steps = program.constant("strides", permuted);
  program.call("permute", {sizes, steps, std::to_string(input.size()), std::to_string(size_of(input))}, size_of(input));
}

/// One of several inputs, out of the sample.
void add_input(const ModelLayer& layer, Program& program) {
  const std::int64_t size = size_of(layer.output());
  if (size == size_of(layer.input())) return;
  program.call("columns", {std::to_string(layer.setting<std::int64_t>("first")), std::to_string(size)}, size);
}

AddLayer plain(const char* function) {
  return [function](const ModelLayer&, Program& program) { program.call_in_place(function, {}, program.size()); };
}

AddLayer with_setting(const char* function, const char* setting) {
  return [function, setting](const ModelLayer& layer, Program& program) {
    program.call_in_place(function, {literal(static_cast<float>(layer.setting<double>(setting)))}, program.size());
  };
}

void add_nothing(const ModelLayer&, Program&) {}

}  // namespace

const std::map<std::string, AddLayer>& layer_functions() {
  static const std::map<std::string, AddLayer> functions = {
      {"input", add_input},
      {"dense", add_dense},
      {"embedding", add_embedding},
      {"positional_embedding", add_positional_embedding},
      {"simple_rnn", add_recurrent},
      {"lstm", add_recurrent},
      {"gru", add_recurrent},
      {"attention", add_attention},
      {"conv1d", add_convolution},
      {"conv2d", add_convolution},
      {"conv2d_transpose", add_conv2d_transpose},
      {"max_pool", pool("max_pool")},
      {"avg_pool", pool("avg_pool")},
      {"global_avg_pool", global_pool("global_avg_pool")},
      {"global_max_pool", global_pool("global_max_pool")},
      {"upsample", add_upsample},
      {"flatten", add_nothing},  // the same values in the same order
      {"relu", plain("relu")},
      {"leaky_relu", with_setting("leaky_relu", "slope")},
      {"elu", with_setting("elu", "alpha")},
      {"softplus", with_setting("softplus", "beta")},
      {"sigmoid", plain("sigmoid")},
      {"hard_sigmoid", plain("hard_sigmoid")},
      {"tanh", plain("hyperbolic_tangent")},
      {"gelu", plain("gelu")},
      {"silu", plain("silu")},
      {"softmax", add_softmax},
      {"dropout", add_nothing},  // does nothing after training
      {"batch_norm", add_batch_norm},
      {"layer_norm", add_layer_norm},
      {"rms_norm", add_rms_norm},
      {"group_norm", add_group_norm},
      {"reshape", add_nothing},  // likewise
      {"permute", add_permute},
      {"add", of_pairs("add")},
      {"multiply", of_pairs("multiply")},
      {"concat", add_concat},
  };
  return functions;
}

}  // namespace treino::exporters
