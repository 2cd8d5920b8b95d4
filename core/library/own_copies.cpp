// What was fetched is listed, so that a step in which nobody looks touches nothing.
#include "library/own_copies.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace treino::library {

namespace {

void check(int32_t status, const std::string& name, const char* what) {
  if (status != 0) throw std::runtime_error("the program's function could not copy the " + std::string(what) + " of " + name);
}

}  // namespace

void OwnCopies::add(std::size_t index, const treino_loop_parameter& given, nn::Parameter& parameter) {
  auto copy = std::make_unique<Copy>();
  copy->index = index;
  copy->functions = given;
  copy->name = parameter.name;
  copy->size = 1;
  for (const std::int64_t length : parameter.shape) copy->size *= static_cast<std::size_t>(length);
  copy->values.here = std::make_unique_for_overwrite<float[]>(copy->size);
  parameter.value = {copy->values.here.get(), copy->size};
  if (given.copy_gradient_out != nullptr) {
    copy->gradient.here = std::make_unique_for_overwrite<float[]>(copy->size);
    parameter.gradient = {copy->gradient.here.get(), copy->size};
  }
  all_.push_back(std::move(copy));
}

OwnCopies::Copy* OwnCopies::find(std::size_t index) {
  const auto found = std::lower_bound(all_.begin(), all_.end(), index,
                                      [](const auto& copy, std::size_t wanted) { return copy->index < wanted; });
  return found == all_.end() || (*found)->index != index ? nullptr : found->get();
}

void OwnCopies::fetch(Copy& copy, Array& array, Fetch function, const char* what, std::vector<Copy*>& fetched) {
  if (array.fetched) return;
  check(function(copy.functions.context, array.here.get()), copy.name, what);
  array.as_it_came.assign(array.here.get(), array.here.get() + copy.size);
  array.fetched = true;
  fetched.push_back(&copy);
}

void OwnCopies::fetch_values(std::size_t index) {
  if (Copy* copy = find(index)) fetch(*copy, copy->values, copy->functions.copy_out, "values", values_here_);
}

void OwnCopies::fetch_gradient(std::size_t index) {
  Copy* copy = find(index);
  if (copy != nullptr && copy->gradient.here)
    fetch(*copy, copy->gradient, copy->functions.copy_gradient_out, "gradient", gradients_here_);
}

void OwnCopies::fetch_all_values() {
  for (const auto& copy : all_) fetch(*copy, copy->values, copy->functions.copy_out, "values", values_here_);
}

/// Bytes are compared, so that a NaN equals itself.
void OwnCopies::put(const Copy& copy, Array& array, Put function, const char* what) {
  if (std::memcmp(array.here.get(), array.as_it_came.data(), copy.size * sizeof(float)) == 0) return;
  check(function(copy.functions.context, array.here.get()), copy.name, what);
  array.as_it_came.assign(array.here.get(), array.here.get() + copy.size);
}

void OwnCopies::put_back() {
  for (Copy* copy : values_here_) put(*copy, copy->values, copy->functions.copy_in, "values");
  for (Copy* copy : gradients_here_) put(*copy, copy->gradient, copy->functions.copy_gradient_in, "gradient");
}

void OwnCopies::forget(std::vector<Copy*>& fetched, Array Copy::*array) {
  for (Copy* copy : fetched) (copy->*array).fetched = false;
  fetched.clear();
}

}  // namespace treino::library
