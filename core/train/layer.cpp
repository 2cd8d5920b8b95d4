// What a plugin asks for is looked at before a model is built of it: shapes, names and numbers may be anything.
#include "train/layer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <utility>

#include "manifest/suggestion.hpp"

namespace treino::train {

namespace {

/// Of a shape and of a workspace. As nn has it of all shapes: kernels may count in 32 bits.
constexpr std::int64_t most_numbers = std::numeric_limits<std::int32_t>::max();

bool is_parameter_name(const char* name) {
  return name != nullptr && *name != '\0' &&
         std::string_view(name).find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") ==
             std::string_view::npos;
}

bool is_too_large(const nn::Shape& shape) {
  std::int64_t size = 1;
  return std::any_of(shape.begin(), shape.end(),
                     [&](std::int64_t axis) { return __builtin_mul_overflow(size, axis, &size) || size > most_numbers; });
}

nn::Shape shape_of(const std::int64_t* sizes, std::uint32_t rank, const std::string& what) {
  if (rank == 0 || rank > TREINO_LAYER_MOST_RANK || sizes == nullptr)
    throw std::runtime_error(fmt::format("gives {} a shape of {} axes; there are 1 to {}", what, rank, TREINO_LAYER_MOST_RANK));
  nn::Shape shape(sizes, sizes + rank);
  if (std::any_of(shape.begin(), shape.end(), [](std::int64_t size) { return size < 1; }) || is_too_large(shape))
    throw std::runtime_error(fmt::format("gives {} the shape {}: sizes are at least 1, and their product at most {}", what,
                                         nn::to_text(shape), most_numbers));
  return shape;
}

void check_initializer(const nn::ForeignLayer::Parameter& parameter) {
  // What variance_scaling has beside a gain is not in the contract; he, glorot and lecun are cases of it.
  std::vector<std::string> known;
  for (const std::string_view name : nn::initializer_names())
    if (name != "variance_scaling") known.emplace_back(name);
  if (std::find(known.begin(), known.end(), parameter.initializer) == known.end())
    throw std::runtime_error(fmt::format("parameter '{}': there is no initializer '{}'.{} There are: {}", parameter.name,
                                         parameter.initializer, manifest::suggestion(parameter.initializer, known),
                                         manifest::enumerate(known)));
  if (!(parameter.gain > 0) || std::isinf(parameter.gain))
    throw std::runtime_error(fmt::format("parameter '{}': a gain is above 0 and finite, not {}", parameter.name, parameter.gain));
  if (parameter.fans.in < 1 || parameter.fans.out < 1)
    throw std::runtime_error(fmt::format("parameter '{}': fan_in and fan_out are at least 1, not {} and {}", parameter.name,
                                         parameter.fans.in, parameter.fans.out));
}

/// 0 is none of it.
void check_regularization(const nn::ForeignLayer::Parameter& parameter) {
  const nn::Regularization& asked = parameter.regularization;
  for (const auto& [name, value] : {std::pair("l1", asked.l1), {"l2", asked.l2}, {"max_norm", asked.max_norm}}) {
    if (!(value >= 0) || std::isinf(value))
      throw std::runtime_error(fmt::format("parameter '{}': {} is at least 0 and finite, not {}", parameter.name, name, value));
    if (value > 0 && !parameter.learns)
      throw std::runtime_error(fmt::format("parameter '{}': {} is of parameters that learn", parameter.name, name));
  }
  if (asked.max_norm > 0 && parameter.shape.size() < 2)
    throw std::runtime_error(
        fmt::format("parameter '{}': max_norm is of parameters with columns, two axes or more, not of shape {}", parameter.name,
                    nn::to_text(parameter.shape)));
}

nn::ForeignLayer::Parameter parameter_of(const treino_layer_parameter& asked, const treino_layer_regularizer& regularizer) {
  if (!is_parameter_name(asked.name))
    throw std::runtime_error("gives a parameter a name that is not of letters, digits and underscores");
  nn::ForeignLayer::Parameter parameter;
  parameter.name = asked.name;
  parameter.shape = shape_of(asked.shape, asked.rank, "parameter '" + parameter.name + "'");
  if (asked.initializer != nullptr) parameter.initializer = asked.initializer;
  parameter.gain = asked.gain;
  parameter.fans = {asked.fan_in, asked.fan_out};
  parameter.learns = asked.learns != 0;
  parameter.regularization = {
      .l1 = regularizer.l1, .l2 = regularizer.l2, .max_norm = regularizer.max_norm, .units_are_rows = false};
  check_initializer(parameter);
  check_regularization(parameter);
  if (asked.values != nullptr) parameter.values.assign(asked.values, asked.values + nn::size_of(parameter.shape));
  return parameter;
}

std::vector<nn::ForeignLayer::Parameter> parameters_of(const treino_layer_plan& asked) {
  if (asked.parameter_count > TREINO_LAYER_MOST_PARAMETERS)
    throw std::runtime_error(
        fmt::format("asks for {} parameters; there are {} at most", asked.parameter_count, TREINO_LAYER_MOST_PARAMETERS));
  if (asked.parameter_count > 0 && asked.parameters == nullptr) throw std::runtime_error("does not say what its parameters are");
  std::vector<nn::ForeignLayer::Parameter> parameters;
  for (std::uint32_t i = 0; i < asked.parameter_count; ++i) {
    parameters.push_back(
        parameter_of(asked.parameters[i], asked.regularizers != nullptr ? asked.regularizers[i] : treino_layer_regularizer{}));
    const auto is_same = [&](const auto& other) { return other.name == parameters.back().name; };
    if (std::count_if(parameters.begin(), parameters.end(), is_same) > 1)
      throw std::runtime_error(fmt::format("gives the name '{}' to two parameters", parameters.back().name));
  }
  return parameters;
}

nn::Outputs outputs_of(const treino_layer_plan& asked) {
  if (asked.prediction == TREINO_PREDICTION_VALUES) return nn::Outputs::values;
  if (asked.prediction != TREINO_PREDICTION_PROBABILITIES)
    throw std::runtime_error(fmt::format("says that its output is {}; it is values (1) or probabilities (2)", asked.prediction));
  return asked.independent != 0 ? nn::Outputs::independent_probabilities : nn::Outputs::probabilities;
}

nn::ForeignLayer::Plan plan_of(const treino_layer_plan& asked) {
  nn::ForeignLayer::Plan plan;
  plan.output = shape_of(asked.output_shape, asked.output_rank, "its output");
  plan.parameters = parameters_of(asked);
  if (asked.workspace < 0 || asked.workspace > most_numbers)
    throw std::runtime_error(
        fmt::format("asks for a workspace of {} numbers for each sample; there are 0 to {}", asked.workspace, most_numbers));
  plan.workspace = asked.workspace;
  plan.flops = std::max<std::int64_t>(asked.operations, 0);
  plan.reads_inputs = asked.reads_inputs != 0;
  plan.reads_output = asked.reads_output != 0;
  plan.outputs = outputs_of(asked);
  return plan;
}

}  // namespace

nn::ForeignLayer::Plan Layer::prepare(std::span<const nn::Shape> inputs) {
  std::vector<treino_layer_shape> shown;
  for (const nn::Shape& input : inputs) shown.push_back({input.data(), static_cast<std::uint32_t>(input.size()), 0});
  treino_layer_plan asked{};
  asked.size = sizeof asked;
  asked.reads_inputs = 1;
  asked.prediction = TREINO_PREDICTION_VALUES;
  Plan plan;
  instance_.call("prepare", [&](void* self, treino_error* error) {
    const treino_status status =
        instance_.component().layer.prepare(self, shown.data(), static_cast<std::uint32_t>(shown.size()), &asked, error);
    if (status == TREINO_OK) plan = plan_of(asked);
    return status;
  });
  return plan;
}

void Layer::forward(const Forward& pass) {
  treino_layer_forward shown{};
  shown.size = sizeof shown;
  shown.training = pass.training ? 1 : 0;
  shown.rows = pass.rows;
  shown.first_row = pass.first_row;
  shown.seed = pass.seed;
  shown.inputs = pass.inputs.data();
  shown.output = pass.output;
  shown.parameters = pass.parameters.data();
  shown.workspace = pass.workspace;
  instance_.call("forward",
                 [&](void* self, treino_error* error) { return instance_.component().layer.forward(self, &shown, error); });
}

void Layer::backward(const Backward& pass) {
  treino_layer_backward shown{};
  shown.size = sizeof shown;
  shown.rows = pass.rows;
  shown.first_row = pass.first_row;
  shown.seed = pass.seed;
  shown.inputs = pass.inputs.data();
  shown.output = pass.output;
  shown.output_gradient = pass.output_gradient;
  shown.parameters = pass.parameters.data();
  shown.workspace = pass.workspace;
  shown.input_gradients = pass.input_gradients.data();
  shown.parameter_gradients = pass.parameter_gradients.data();
  instance_.call("backward",
                 [&](void* self, treino_error* error) { return instance_.component().layer.backward(self, &shown, error); });
}

}  // namespace treino::train
