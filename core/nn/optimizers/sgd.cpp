// Gradient descent with momentum or without, and Nesterov's form of it: torch.optim.SGD with dampening 0.
#include "nn/kernels/kernels.hpp"
#include "nn/optimizers/optimizer_type.hpp"
#include "nn/optimizers/parameter_texts.hpp"
#include "nn/optimizers/update_rule.hpp"

namespace treino::nn {
namespace {

class Sgd final : public UpdateRule {
 public:
  Sgd(const OptimizerSpec& spec, std::span<Parameter> all)
      : UpdateRule(spec, all),
        momentum_(fraction("momentum")),
        weight_decay_(not_negative("weight_decay")),
        nesterov_(spec.settings.at<bool>("nesterov")) {
    demand(!nesterov_ || momentum_ > 0, "nesterov wants a momentum above 0", momentum_);
    if (momentum_ != 0) remember("momentum");
  }
  void update(double learning_rate, double momentum, std::uint64_t) override {
    const SgdStep step{static_cast<float>(learning_rate), momentum_or(momentum, momentum_), static_cast<float>(weight_decay_),
                       nesterov_};
    each([&](const Part& part) { kernels().sgd(part.size, part.weight, part.gradient, part.state[0], step); });
  }

 private:
  double momentum_, weight_decay_;
  bool nesterov_;
};

}  // namespace

extern const OptimizerType sgd_optimizer{
    .id = "sgd",
    .description = R"toml(summary = "weight -= learning_rate * gradient, with momentum or without"
[type.parameters.momentum]
type = "float"
default = 0.0
min = 0.0
below = 1.0
doc = "velocity = momentum * velocity + gradient, weight -= learning_rate * velocity; a new learning rate acts on all of the velocity, as in PyTorch"
[type.parameters.nesterov]
type = "bool"
default = false
doc = "weight -= learning_rate * (gradient + momentum * velocity); momentum must be above 0"
)toml" TREINO_WEIGHT_DECAY_TOML,
    .make = [](const OptimizerSpec& spec, std::span<Parameter> parameters) -> std::unique_ptr<UpdateRule> {
      return std::make_unique<Sgd>(spec, parameters);
    },
    .momentum = "momentum",
};

}  // namespace treino::nn
