// Steps from running means of gradients and of their squares: adam, whose weight decay is a part of the gradient, and adamw, whose
// weights shrink apart from it. torch.optim.Adam and AdamW without amsgrad; the correction of the second moment is multiplied into
// the coefficients.
#include <cmath>

#include "nn/kernels/kernels.hpp"
#include "nn/optimizers/optimizer_type.hpp"
#include "nn/optimizers/parameter_texts.hpp"
#include "nn/optimizers/update_rule.hpp"

namespace treino::nn {
namespace {

class Adam final : public UpdateRule {
 public:
  /// decoupled: weights shrink apart from the gradient.
  Adam(const OptimizerSpec& spec, std::span<Parameter> all, bool decoupled)
      : UpdateRule(spec, all),
        beta1_(fraction("beta1")),
        beta2_(fraction("beta2")),
        epsilon_(not_negative("epsilon")),
        weight_decay_(not_negative("weight_decay")),
        decoupled_(decoupled) {
    remember("first_moment");
    remember("second_moment");
  }
  void update(double learning_rate, double momentum, std::uint64_t count) override {
    const double beta1 = std::isnan(momentum) ? beta1_ : momentum, t = static_cast<double>(count);
    const double root = std::sqrt(1 - std::pow(beta2_, t));
    const AdamStep step{.beta1 = static_cast<float>(beta1),
                        .beta1_rest = static_cast<float>(1 - beta1),
                        .beta2 = static_cast<float>(beta2_),
                        .beta2_rest = static_cast<float>(1 - beta2_),
                        .step_size = static_cast<float>(learning_rate * root / (1 - std::pow(beta1, t))),
                        .epsilon = static_cast<float>(epsilon_ * root),
                        .weight_decay = decoupled_ ? 0.0f : static_cast<float>(weight_decay_),
                        .shrink = decoupled_ ? static_cast<float>(1 - learning_rate * weight_decay_) : 1.0f};
    each([&](const Part& part) { kernels().adam(part.size, part.weight, part.gradient, part.state[0], part.state[1], step); });
  }

 private:
  double beta1_, beta2_, epsilon_, weight_decay_;
  bool decoupled_;
};

}  // namespace

extern const OptimizerType adam_optimizer{
    .id = "adam",
    .description = R"toml(summary = "step sizes from running means of gradients and their squares (Kingma & Ba, 2015)"
)toml" TREINO_BETAS_TOML TREINO_DENOMINATOR_EPSILON_TOML TREINO_WEIGHT_DECAY_TOML,
    .make = [](const OptimizerSpec& spec, std::span<Parameter> parameters) -> std::unique_ptr<UpdateRule> {
      return std::make_unique<Adam>(spec, parameters, false);
    },
    .momentum = "beta1",
    .always_has_momentum = true,
};

extern const OptimizerType adamw_optimizer{
    .id = "adamw",
    .description = R"toml(summary = "adam with weight decay apart from the gradient (Loshchilov & Hutter, 2019)"
)toml" TREINO_BETAS_TOML TREINO_DENOMINATOR_EPSILON_TOML R"toml([type.parameters.weight_decay]
type = "float"
default = 0.0
min = 0.0
doc = "weights shrink by learning_rate * weight_decay per step"
)toml",
    .make = [](const OptimizerSpec& spec, std::span<Parameter> parameters) -> std::unique_ptr<UpdateRule> {
      return std::make_unique<Adam>(spec, parameters, true);
    },
    .momentum = "beta1",
    .always_has_momentum = true,
};

}  // namespace treino::nn
