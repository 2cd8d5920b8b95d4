// The gradient over the root of the sum of all its squares: J. Duchi, E. Hazan, Y. Singer, Adaptive Subgradient Methods, 2011.
#include "shared/optimizers/coefficients.hpp"
#include "shared/optimizers/updates.hpp"

namespace {

using namespace treino::optimizers;

class Adagrad final : public treino::Optimizer {
 public:
  explicit Adagrad(const treino::Setup& setup) : epsilon_(setup.get<double>("epsilon")) {}
  std::vector<std::string> state() const override { return {"square_sum"}; }
  void update(const treino::ParameterStep& p) const override {
    const AdagradStep step{rounded(p.learning_rate()), rounded(epsilon_), rounded(p.weight_decay())};
    loops_.adagrad(p.size(), p.value().data(), p.gradient().data(), p.state(0).data(), step);
  }

 private:
  const UpdateLoops& loops_ = update_loops();
  double epsilon_;
};

}  // namespace

TREINO_PLUGIN(Adagrad, R"toml(
kind = "optimizer"
draft = 1
id = "adagrad"
version = "1.0.0"
summary = "Adagrad: the gradient over the root of the sum of all its squares."
help = """
gradient += weight_decay * weight, sum += gradient^2, weight -= learning_rate * gradient / (sqrt(sum) + epsilon)
The results are those of torch.optim.Adagrad with lr_decay 0. State: square_sum."""
)toml" TREINO_EPSILON_TOML(1e-8) TREINO_ADDED_DECAY_TOML)
