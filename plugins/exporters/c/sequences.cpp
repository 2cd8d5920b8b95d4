// What such a layer needs to work in lies in the buffer of its output, after that.
#include "sequences.hpp"

#include <vector>

#include "text.hpp"

namespace treino::exporters {

namespace {

std::string array_constant(const ModelLayer& layer, const std::string& name, Program& program) {
  const auto array = layer.find(name.c_str());
  return array ? program.constant(name, array->data(), array->size()) : "NULL";
}

std::int64_t numbers_in(const SampleShape& shape) {
  std::int64_t size = 1;
  for (const std::int64_t length : shape) size *= length;
  return size;
}

std::vector<std::string> texts(std::initializer_list<std::int64_t> numbers) {
  std::vector<std::string> all;
  for (const std::int64_t number : numbers) all.push_back(std::to_string(number));
  return all;
}

/// The input that tells which steps are padding, the width of its steps and the value that is; without one, NULL.
std::vector<std::string> mask_arguments(const ModelLayer& layer, const Program& program) {
  if (layer.inputs().size() < 2) return {"NULL", "0", "0"};
  const double value = layer.find_setting<double>("mask_value").value_or(0);
  return {program.input(1), std::to_string(numbers_in(layer.input(1)) / layer.input()[0]), literal(static_cast<float>(value))};
}

}  // namespace

void add_embedding(const ModelLayer& layer, Program& program) {
  const std::int64_t width = layer.output().back();
  std::vector<std::string> arguments{array_constant(layer, "weight", program)};
  for (const std::string& text : texts({layer.array("weight").shape()[0], width, numbers_in(layer.input())}))
    arguments.push_back(text);
  program.call("embedding", arguments, numbers_in(layer.output()));
}

void add_positional_embedding(const ModelLayer& layer, Program& program) {
  program.call_in_place("positional_embedding", {array_constant(layer, "weight", program)}, program.size());
}

void add_recurrent(const ModelLayer& layer, Program& program) {
  const std::int64_t length = layer.input()[0], features = layer.input()[1], units = layer.setting<std::int64_t>("units");
  const bool both = layer.setting<bool>("bidirectional"), backwards = layer.setting<bool>("go_backwards");
  const bool sequences = layer.setting<bool>("return_sequences");
  const std::int64_t width = both ? 2 * units : units;
  // The output and the state of a step, and two sums for each of at most four gates.
  program.reserve(numbers_in(layer.output()) + 10 * units);
  std::vector<std::vector<std::string>> calls;
  for (const char* suffix : {"", "_reverse"}) {
    const bool second = *suffix != '\0';
    if (second && !both) break;
    std::vector<std::string> arguments;
    for (const char* name : {"weight_ih", "weight_hh", "bias_ih", "bias_hh"})
      arguments.push_back(array_constant(layer, std::string(name) + suffix, program));
    // Where a direction puts its steps: those of the second one stand where their inputs are.
    const std::int64_t step = !sequences ? 0 : second ? -width : width, first = second && sequences ? (length - 1) * width : 0;
    for (const std::string& text : texts({length, features, units, second || backwards ? 1 : 0, first + (second ? units : 0),
                                          step, numbers_in(layer.output())}))
      arguments.push_back(text);
    for (const std::string& text : mask_arguments(layer, program)) arguments.push_back(text);
    calls.push_back(arguments);
  }
  program.call_all(layer.type(), calls, numbers_in(layer.output()));
}

void add_attention(const ModelLayer& layer, Program& program) {
  const std::int64_t length = layer.input()[0], width = layer.input()[1], heads = layer.setting<std::int64_t>("num_heads");
  program.reserve(numbers_in(layer.output()) + length * 3 * width + width + length);
  std::vector<std::string> arguments;
  for (const char* name : {"in_proj_weight", "in_proj_bias", "out_proj_weight", "out_proj_bias"})
    arguments.push_back(array_constant(layer, name, program));
  for (const std::string& text : texts({length, width, heads, layer.setting<bool>("causal") ? 1 : 0})) arguments.push_back(text);
  for (const std::string& text : mask_arguments(layer, program)) arguments.push_back(text);
  program.call("attention", arguments, numbers_in(layer.output()));
}

}  // namespace treino::exporters
