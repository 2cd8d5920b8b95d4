// State and checks of coefficients, for all rules.
#include "nn/optimizers/update_rule.hpp"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>

namespace treino::nn {

UpdateRule::UpdateRule(const OptimizerSpec& spec, std::span<Parameter> all) : spec_(spec) {
  for (const Parameter& parameter : all) {
    if (!parameter.gradient.empty()) slots_.push_back({&parameter, {}});
  }
}

void UpdateRule::remember(const char* name) {
  for (Slot& slot : slots_) {
    Buffer& buffer = buffers_.emplace_back(size_of(slot.parameter->shape));
    slot.state.push_back(buffer.data());
    states_.push_back({slot.parameter->name + "/" + name, slot.parameter->shape, buffer.span()});
  }
}

void UpdateRule::demand(bool holds, const char* what, double value) const {
  if (!holds) throw std::invalid_argument(fmt::format("{}: {}, not {}", spec_.type, what, value));
}

double UpdateRule::fraction(const char* name) const {
  const double value = spec_.settings.at<double>(name);
  demand(value >= 0 && value < 1, (std::string(name) + " must be in [0, 1)").c_str(), value);
  return value;
}

double UpdateRule::not_negative(const char* name) const {
  const double value = spec_.settings.at<double>(name);
  demand(value >= 0, (std::string(name) + " must be at least 0").c_str(), value);
  return value;
}

float UpdateRule::momentum_or(double given, double own) const {
  const double momentum = std::isnan(given) ? own : given;
  if (momentum != 0 && own == 0) {
    throw std::invalid_argument(fmt::format("{}: built without momentum, it cannot take one of {}", spec_.type, momentum));
  }
  return static_cast<float>(momentum);
}

}  // namespace treino::nn
