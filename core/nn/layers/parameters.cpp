// Allocating parameters and drawing what they begin with.
#include "nn/layers/parameters.hpp"

namespace treino::nn {

Parameters::Pointers Parameters::add(const std::string& name, const Shape& shape, const InitializerSpec& initializer, Fans fans,
                                     bool trainable) {
  if (!first_.empty()) {
    Parameter parameter = first_[list_.size()];
    if (trainable) parameter.gradient = buffers_.emplace_back(size_of(shape)).span();
    list_.push_back(parameter);
    return {parameter.value.data(), parameter.gradient.data()};
  }
  Buffer& value = buffers_.emplace_back(size_of(shape));
  if (values_ == InitialValues::drawn) initialize(initializer, seed_, list_.size(), shape, fans, value.span());
  Parameter parameter{name, shape, value.span(), {}, trainable, threads_};
  if (trainable) parameter.gradient = buffers_.emplace_back(size_of(shape)).span();
  list_.push_back(parameter);
  return {parameter.value.data(), trainable ? parameter.gradient.data() : nullptr};
}

}  // namespace treino::nn
