// Every number is looked at before it becomes a size.
#include "library/own_parameters.hpp"

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <string>

#include "base/input_error.hpp"
#include "base/text.hpp"

namespace treino::library {

namespace {

using base::InputError;

/// In place, or by all functions that are needed.
void check_places(const treino_loop_parameter& given, const std::string& name) {
  const bool out = given.copy_out != nullptr, in = given.copy_in != nullptr;
  const bool gradient_out = given.copy_gradient_out != nullptr, gradient_in = given.copy_gradient_in != nullptr;
  if (out != in || gradient_out != gradient_in || (gradient_out && !out))
    throw InputError("the parameter '" + name +
                     "': copy_out and copy_in, copy_gradient_out and copy_gradient_in belong together");
  if (out && (given.values != nullptr || given.gradient != nullptr || given.find_gradient != nullptr))
    throw InputError("the parameter '" + name + "' has functions that copy it, and pointers too");
  if (!out && given.values == nullptr)
    throw InputError("the parameter '" + name + "' has no values, and no functions that copy them");
}

nn::Parameter parameter_of(const treino_loop_parameter& given) {
  if (given.name == nullptr || *given.name == '\0') throw InputError("treino_loop_parameter: the name is missing");
  const std::string name = given.name;
  if (name.rfind("treino.", 0) == 0) throw InputError("'" + name + "': names that begin with treino. are Treino's");
  if (!base::is_clean_line(name))
    throw InputError("'" + base::clean_line(name) + "': a name is UTF-8 without control characters");
  check_places(given, name);
  if ((given.rank > 0 && given.shape == nullptr) || given.rank > 8)
    throw InputError("the parameter '" + name + "' has no shape of at most 8 dimensions");
  nn::Parameter parameter;
  parameter.name = name;
  std::int64_t size = 1;
  for (std::uint32_t i = 0; i < given.rank; ++i) {
    if (given.shape[i] < 1 || size > (std::int64_t{1} << 40) / given.shape[i])
      throw InputError("the parameter '" + name + "' cannot have a dimension of " + std::to_string(given.shape[i]));
    size *= given.shape[i];
    parameter.shape.push_back(given.shape[i]);
  }
  if (given.values != nullptr) parameter.value = {given.values, static_cast<std::size_t>(size)};
  if (given.gradient != nullptr) parameter.gradient = {given.gradient, static_cast<std::size_t>(size)};
  parameter.trainable = given.gradient != nullptr || given.find_gradient != nullptr || given.copy_gradient_out != nullptr;
  return parameter;
}

}  // namespace

void OwnParameters::add(const treino_loop_parameter& given) {
  nn::Parameter parameter = parameter_of(given);
  if (std::any_of(list_.begin(), list_.end(), [&](const nn::Parameter& other) { return other.name == parameter.name; }))
    throw InputError("there are two parameters of the name '" + parameter.name + "'");
  if (given.find_gradient != nullptr) moving_.push_back({list_.size(), given.find_gradient, given.context});
  if (given.copy_out != nullptr) copies_.add(list_.size(), given, parameter);
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
