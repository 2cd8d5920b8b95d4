// The gradient over the root of the sum of all its squares: torch.optim.Adagrad without decay of the learning rate.
#include <cmath>
#include <stdexcept>

#include "nn/kernels/kernels.hpp"
#include "nn/optimizers/optimizer_type.hpp"
#include "nn/optimizers/parameter_texts.hpp"
#include "nn/optimizers/update_rule.hpp"

namespace treino::nn {
namespace {

class Adagrad final : public UpdateRule {
 public:
  Adagrad(const OptimizerSpec& spec, std::span<Parameter> all)
      : UpdateRule(spec, all), epsilon_(not_negative("epsilon")), weight_decay_(not_negative("weight_decay")) {
    remember("square_sum");
  }
  void update(double learning_rate, double momentum, std::uint64_t) override {
    if (!std::isnan(momentum) && momentum != 0) throw std::invalid_argument("adagrad: has no momentum");
    const AdagradStep step{static_cast<float>(learning_rate), static_cast<float>(epsilon_), static_cast<float>(weight_decay_)};
    each([&](const Part& part) { kernels().adagrad(part.size, part.weight, part.gradient, part.state[0], step); });
  }

 private:
  double epsilon_, weight_decay_;
};

}  // namespace

extern const OptimizerType adagrad_optimizer{
    .id = "adagrad",
    .description = R"toml(summary = "gradient over the root of the sum of all its squares (Duchi et al., 2011)"
)toml" TREINO_DENOMINATOR_EPSILON_TOML TREINO_WEIGHT_DECAY_TOML,
    .make = [](const OptimizerSpec& spec, std::span<Parameter> parameters) -> std::unique_ptr<UpdateRule> {
      return std::make_unique<Adagrad>(spec, parameters);
    },
};

}  // namespace treino::nn
