// Steps in the units of the weights, from the sizes of earlier ones: M. D. Zeiler, ADADELTA: An Adaptive Learning Rate Method, 2012.
#include "shared/optimizers/coefficients.hpp"
#include "shared/optimizers/updates.hpp"

namespace {

using namespace treino::optimizers;

class Adadelta final : public treino::Optimizer {
 public:
  explicit Adadelta(const treino::Setup& setup) : rho_(setup.get<double>("rho")), epsilon_(setup.get<double>("epsilon")) {}
  std::vector<std::string> state() const override { return {"square_average", "change_average"}; }
  void update(const treino::ParameterStep& p) const override {
    const AdadeltaStep step{rounded(p.learning_rate()), rounded(rho_), rounded(1 - rho_), rounded(epsilon_),
                            rounded(p.weight_decay())};
    loops_.adadelta(p.size(), p.value().data(), p.gradient().data(), p.state(0).data(), p.state(1).data(), step);
  }

 private:
  const UpdateLoops& loops_ = update_loops();
  double rho_, epsilon_;
};

}  // namespace

TREINO_PLUGIN(Adadelta, R"toml(
kind = "optimizer"
draft = 1
id = "adadelta"
version = "1.0.0"
summary = "Adadelta: steps in the units of the weights, from the sizes of earlier ones."
help = """
gradient += weight_decay * weight
square = rho * square + (1 - rho) * gradient^2
delta = sqrt(change + epsilon) / sqrt(square + epsilon) * gradient
change = rho * change + (1 - rho) * delta^2, weight -= learning_rate * delta
The results are those of torch.optim.Adadelta; a learning rate of 1.0 is the paper's. State: square_average, change_average."""

[parameters.rho]
type = "float"
default = 0.9
min = 0.0
below = 1.0
doc = "decay of the means of squared gradients and of squared changes"

[parameters.epsilon]
type = "float"
default = 1e-6
above = 0.0
doc = "added under both roots"
)toml" TREINO_ADDED_DECAY_TOML)
