// The update rule of an optimizer, and its count of steps.
#include "nn/optimizers/optimizer.hpp"

#include <stdexcept>

#include "nn/kernels/kernels.hpp"
#include "nn/optimizers/optimizer_types.hpp"
#include "nn/optimizers/update_rule.hpp"

namespace treino::nn {

struct Optimizer::Rule {
  std::unique_ptr<UpdateRule> update_rule;
  std::uint64_t steps = 0;
};

Optimizer::Optimizer(const OptimizerSpec& spec, std::span<Parameter> parameters)
    : rule_(std::make_unique<Rule>(Rule{spec.type.empty() ? nullptr : optimizer_type(spec.type).make(spec, parameters)})) {}
Optimizer::~Optimizer() = default;
Optimizer::Optimizer(Optimizer&&) noexcept = default;
Optimizer& Optimizer::operator=(Optimizer&&) noexcept = default;

void Optimizer::step(double learning_rate, double momentum) {
  if (rule_->update_rule == nullptr) throw std::logic_error("an optimizer without a type takes no step");
  const FlushScope flush_scope;
  rule_->update_rule->update(learning_rate, momentum, rule_->steps + 1);
  ++rule_->steps;
}

std::uint64_t Optimizer::steps() const { return rule_->steps; }
void Optimizer::set_steps(std::uint64_t steps) { rule_->steps = steps; }
std::span<OptimizerState> Optimizer::state() {
  return rule_->update_rule == nullptr ? std::span<OptimizerState>() : rule_->update_rule->states();
}

}  // namespace treino::nn
