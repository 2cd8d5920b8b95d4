// The gradient over the root of its running mean square, with momentum or without: torch.optim.RMSprop, not centered.
#include "nn/kernels/kernels.hpp"
#include "nn/optimizers/optimizer_type.hpp"
#include "nn/optimizers/parameter_texts.hpp"
#include "nn/optimizers/update_rule.hpp"

namespace treino::nn {
namespace {

class Rmsprop final : public UpdateRule {
 public:
  Rmsprop(const OptimizerSpec& spec, std::span<Parameter> all)
      : UpdateRule(spec, all),
        momentum_(fraction("momentum")),
        rho_(fraction("rho")),
        epsilon_(not_negative("epsilon")),
        weight_decay_(not_negative("weight_decay")) {
    remember("square_average");
    if (momentum_ != 0) remember("momentum");
  }
  void update(double learning_rate, double momentum, std::uint64_t) override {
    const RmspropStep step{.learning_rate = static_cast<float>(learning_rate),
                           .rho = static_cast<float>(rho_),
                           .rho_rest = static_cast<float>(1 - rho_),
                           .epsilon = static_cast<float>(epsilon_),
                           .weight_decay = static_cast<float>(weight_decay_),
                           .momentum = momentum_or(momentum, momentum_)};
    each([&](const Part& part) { kernels().rmsprop(part.size, part.weight, part.gradient, part.state[0], part.state[1], step); });
  }

 private:
  double momentum_, rho_, epsilon_, weight_decay_;
};

}  // namespace

extern const OptimizerType rmsprop_optimizer{
    .id = "rmsprop",
    .description = R"toml(summary = "gradient over the root of its running mean square (Tieleman & Hinton, 2012)"
[type.parameters.rho]
type = "float"
default = 0.99
min = 0.0
below = 1.0
doc = "decay of the mean of squared gradients"
)toml" TREINO_DENOMINATOR_EPSILON_TOML R"toml([type.parameters.momentum]
type = "float"
default = 0.0
min = 0.0
below = 1.0
doc = "velocity = momentum * velocity + gradient / root, weight -= learning_rate * velocity"
)toml" TREINO_WEIGHT_DECAY_TOML,
    .make = [](const OptimizerSpec& spec, std::span<Parameter> parameters) -> std::unique_ptr<UpdateRule> {
      return std::make_unique<Rmsprop>(spec, parameters);
    },
    .momentum = "momentum",
};

}  // namespace treino::nn
