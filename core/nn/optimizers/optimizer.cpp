#include "nn/optimizers/optimizer.hpp"

#include <fmt/format.h>

#include <deque>
#include <span>
#include <stdexcept>

#include "nn/memory/buffer.hpp"
#include "nn/kernels/kernels.hpp"
#include "nn/kernels/parallel_for.hpp"

namespace treino::nn {
namespace {

/// One parameter that can learn, and its arrays of state.
struct Slot {
  const Parameter* parameter;
  std::vector<float*> state;
};

/// A stretch of one parameter and its state: what a thread updates.
struct Part {
  std::int64_t size;
  float* weight;
  const float* gradient;
  float* state[2];  // null where there is none
};

/// What all kinds share.
class UpdateRule {
 public:
  UpdateRule(const OptimizerSpec& spec, std::span<Parameter> all) : spec_(spec) {
    for (const Parameter& parameter : all) {
      if (!parameter.gradient.empty()) slots_.push_back({&parameter, {}});
    }
  }
  UpdateRule(const UpdateRule&) = delete;
  UpdateRule& operator=(const UpdateRule&) = delete;
  virtual ~UpdateRule() = default;

  /// `count`: this update's number, from 1. `momentum`: NaN for the spec's.
  virtual void update(double rate, double momentum, std::uint64_t count) = 0;

  std::vector<OptimizerState>& states() { return states_; }

 protected:
  /// Gives every parameter one more array of state.
  void remember(const char* name) {
    for (Slot& slot : slots_) {
      Buffer& buffer = buffers_.emplace_back(size_of(slot.parameter->shape));
      slot.state.push_back(buffer.data());
      states_.push_back({slot.parameter->name + "/" + name, slot.parameter->shape, buffer.span()});
    }
  }

  /// update(part) for all of every parameter that learns now.
  template <class Update>
  void each(Update update) {
    for (Slot& slot : slots_) {
      const Parameter& all = *slot.parameter;
      if (!all.trainable) continue;
      parallel_for(static_cast<std::int64_t>(all.value.size()), 4, all.threads, [&](std::int64_t first, std::int64_t last) {
        Part part{last - first, all.value.data() + first, all.gradient.data() + first, {}};
        for (std::size_t i = 0; i < slot.state.size(); ++i) part.state[i] = slot.state[i] + first;
        update(part);
      });
    }
  }

  float decay() const { return static_cast<float>(spec_.weight_decay); }
  float epsilon() const { return static_cast<float>(spec_.epsilon); }
  bool has_momentum() const { return spec_.momentum != 0; }

  /// For kinds that keep a momentum array only where the spec asks for momentum.
  float momentum_or(double given) const {
    const double momentum = std::isnan(given) ? spec_.momentum : given;
    if (momentum != 0 && !has_momentum()) {
      throw std::invalid_argument(fmt::format("{}: built without momentum, it cannot take one of {}", spec_.type, momentum));
    }
    return static_cast<float>(momentum);
  }

  OptimizerSpec spec_;

 private:
  std::vector<Slot> slots_;
  std::vector<OptimizerState> states_;
  std::deque<Buffer> buffers_;
};

class Sgd final : public UpdateRule {
 public:
  Sgd(const OptimizerSpec& spec, std::span<Parameter> all) : UpdateRule(spec, all) {
    if (has_momentum()) remember("momentum");
  }
  void update(double rate, double momentum, std::uint64_t) override {
    const SgdStep step{static_cast<float>(rate), momentum_or(momentum), decay(), spec_.nesterov};
    each([&](const Part& part) { kernels().sgd(part.size, part.weight, part.gradient, part.state[0], step); });
  }
};

class Adam final : public UpdateRule {
 public:
  Adam(const OptimizerSpec& spec, std::span<Parameter> all) : UpdateRule(spec, all), decoupled_(spec.type == "adamw") {
    remember("first_moment");
    remember("second_moment");
  }
  void update(double rate, double momentum, std::uint64_t count) override {
    const double beta1 = std::isnan(momentum) ? spec_.beta1 : momentum, beta2 = spec_.beta2, t = static_cast<double>(count);
    const double root = std::sqrt(1 - std::pow(beta2, t));
    const AdamStep step{static_cast<float>(beta1),
                        static_cast<float>(1 - beta1),
                        static_cast<float>(beta2),
                        static_cast<float>(1 - beta2),
                        static_cast<float>(rate * root / (1 - std::pow(beta1, t))),
                        static_cast<float>(spec_.epsilon * root),
                        decoupled_ ? 0.0f : decay(),
                        decoupled_ ? static_cast<float>(1 - rate * spec_.weight_decay) : 1.0f};
    each([&](const Part& part) { kernels().adam(part.size, part.weight, part.gradient, part.state[0], part.state[1], step); });
  }

 private:
  bool decoupled_;
};

class Rmsprop final : public UpdateRule {
 public:
  Rmsprop(const OptimizerSpec& spec, std::span<Parameter> all) : UpdateRule(spec, all) {
    remember("square_average");
    if (has_momentum()) remember("momentum");
  }
  void update(double rate, double momentum, std::uint64_t) override {
    const RmspropStep step{
        static_cast<float>(rate), static_cast<float>(spec_.rho), static_cast<float>(1 - spec_.rho), epsilon(), decay(),
        momentum_or(momentum)};
    each([&](const Part& part) { kernels().rmsprop(part.size, part.weight, part.gradient, part.state[0], part.state[1], step); });
  }
};

class Adagrad final : public UpdateRule {
 public:
  Adagrad(const OptimizerSpec& spec, std::span<Parameter> all) : UpdateRule(spec, all) { remember("square_sum"); }
  void update(double rate, double momentum, std::uint64_t) override {
    if (!std::isnan(momentum) && momentum != 0) throw std::invalid_argument("adagrad: has no momentum");
    const AdagradStep step{static_cast<float>(rate), epsilon(), decay()};
    each([&](const Part& part) { kernels().adagrad(part.size, part.weight, part.gradient, part.state[0], step); });
  }
};

void check(const OptimizerSpec& spec) {
  const auto demand = [&](bool holds, const char* what, double value) {
    if (!holds) throw std::invalid_argument(fmt::format("{}: {}, not {}", spec.type, what, value));
  };
  demand(spec.momentum >= 0 && spec.momentum < 1, "momentum must be in [0, 1)", spec.momentum);
  demand(spec.beta1 >= 0 && spec.beta1 < 1, "beta1 must be in [0, 1)", spec.beta1);
  demand(spec.beta2 >= 0 && spec.beta2 < 1, "beta2 must be in [0, 1)", spec.beta2);
  demand(spec.rho >= 0 && spec.rho < 1, "rho must be in [0, 1)", spec.rho);
  demand(spec.epsilon >= 0, "epsilon must be at least 0", spec.epsilon);
  demand(spec.weight_decay >= 0, "weight_decay must be at least 0", spec.weight_decay);
  demand(spec.type != "sgd" || !spec.nesterov || spec.momentum > 0, "nesterov wants a momentum above 0", spec.momentum);
}

std::unique_ptr<UpdateRule> make_rule(const OptimizerSpec& spec, std::span<Parameter> parameters) {
  check(spec);
  if (spec.type == "sgd") return std::make_unique<Sgd>(spec, parameters);
  if (spec.type == "adam" || spec.type == "adamw") return std::make_unique<Adam>(spec, parameters);
  if (spec.type == "rmsprop") return std::make_unique<Rmsprop>(spec, parameters);
  if (spec.type == "adagrad") return std::make_unique<Adagrad>(spec, parameters);
  throw std::invalid_argument(fmt::format("unknown optimizer \"{}\"; there are sgd, adam, adamw, rmsprop, adagrad", spec.type));
}

}  // namespace

struct Optimizer::Rule {
  std::unique_ptr<UpdateRule> update_rule;
  std::uint64_t steps = 0;
};

Optimizer::Optimizer(const OptimizerSpec& spec, std::span<Parameter> parameters)
    : rule_(std::make_unique<Rule>(Rule{make_rule(spec, parameters)})) {}
Optimizer::~Optimizer() = default;
Optimizer::Optimizer(Optimizer&&) noexcept = default;
Optimizer& Optimizer::operator=(Optimizer&&) noexcept = default;

void Optimizer::step(double rate, double momentum) {
  const FlushScope flush_scope;
  rule_->update_rule->update(rate, momentum, rule_->steps + 1);
  ++rule_->steps;
}

std::uint64_t Optimizer::steps() const { return rule_->steps; }
void Optimizer::set_steps(std::uint64_t steps) { rule_->steps = steps; }
std::span<OptimizerState> Optimizer::state() { return rule_->update_rule->states(); }

}  // namespace treino::nn
