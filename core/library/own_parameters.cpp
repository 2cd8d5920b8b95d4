// Every number is looked at before it becomes a size.
#include "library/own_parameters.hpp"

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <string>

#include "base/input_error.hpp"

namespace treino::library {

namespace {

using base::InputError;

nn::Parameter parameter_of(const treino_loop_parameter& given) {
  if (given.name == nullptr || *given.name == '\0') throw InputError("treino_loop_parameter: the name is missing");
  const std::string name = given.name;
  if (name.rfind("treino.", 0) == 0) throw InputError("'" + name + "': names that begin with treino. are Treino's");
  if (given.values == nullptr || (given.rank > 0 && given.shape == nullptr) || given.rank > 8)
    throw InputError("the parameter '" + name + "' has no values, or no shape of at most 8 dimensions");
  nn::Parameter parameter;
  parameter.name = name;
  std::int64_t size = 1;
  for (std::uint32_t i = 0; i < given.rank; ++i) {
    if (given.shape[i] < 1 || size > (std::int64_t{1} << 40) / given.shape[i])
      throw InputError("the parameter '" + name + "' cannot have a dimension of " + std::to_string(given.shape[i]));
    size *= given.shape[i];
    parameter.shape.push_back(given.shape[i]);
  }
  parameter.value = {given.values, static_cast<std::size_t>(size)};
  if (given.gradient != nullptr) parameter.gradient = {given.gradient, static_cast<std::size_t>(size)};
  parameter.trainable = given.gradient != nullptr || given.find_gradient != nullptr;
  return parameter;
}

}  // namespace

void OwnParameters::add(const treino_loop_parameter& given) {
  nn::Parameter parameter = parameter_of(given);
  if (std::any_of(list_.begin(), list_.end(), [&](const nn::Parameter& other) { return other.name == parameter.name; }))
    throw InputError("there are two parameters of the name '" + parameter.name + "'");
  if (given.find_gradient != nullptr) moving_.push_back({list_.size(), given.find_gradient, given.context});
  list_.push_back(std::move(parameter));
}

void OwnParameters::find_gradients(nn::Model& model) const {
  for (const Moving& moving : moving_) {
    nn::Parameter& parameter = model.parameters()[moving.parameter];
    float* const found = moving.find(moving.context);
    if (found == nullptr) throw std::logic_error("the parameter " + parameter.name + " has no gradient after the backward pass");
    parameter.gradient = {found, parameter.value.size()};
  }
}

}  // namespace treino::library
