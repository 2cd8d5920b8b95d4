// Muon: the momentum of a matrix of weights, made orthogonal by five rounds of Newton and Schulz. K. Jordan et al., 2024.
// Parameters of one dimension, such as biases, follow their momentum as in sgd.
#include <algorithm>
#include <cmath>
#include <treino/eigen.hpp>
#include <treino/optimizer.hpp>

namespace {

class Muon final : public treino::Optimizer {
 public:
  explicit Muon(const treino::Setup& setup) : momentum_(setup.get<double>("momentum")) {}

  std::vector<std::string> state() const override { return {"momentum"}; }
  bool needs_whole_parameters() const override { return true; }  // no slices: a product takes all of a matrix
  double momentum() const override { return momentum_; }         // a scheduler may give another

  void begin_step(const treino::OptimizerStep& step) override { current_ = static_cast<float>(step.momentum_or(momentum_)); }

  void update(const treino::ParameterStep& p) const override {  // const: threads update different parameters at once
    auto weight = treino::eigen(p.value()), velocity = treino::eigen(p.state("momentum"));
    const auto learning_rate = static_cast<float>(p.learning_rate());
    weight *= 1 - learning_rate * static_cast<float>(p.weight_decay());
    velocity = current_ * velocity + treino::eigen(p.gradient());
    if (p.shape().size() < 2) {
      weight -= learning_rate * velocity;
      return;
    }
    const std::int64_t rows = p.shape()[0], columns = p.size() / rows;
    const treino::EigenMatrix update = orthogonal(treino::eigen(treino::Matrix<float>(velocity.data(), rows, columns, columns)));
    const float scale = learning_rate * std::sqrt(std::max(1.0f, static_cast<float>(rows) / static_cast<float>(columns)));
    treino::eigen(treino::Matrix<float>(weight.data(), rows, columns, columns)) -= scale * update;
  }

 private:
  /// A matrix with the same singular vectors, whose singular values are all near 1. That of zeros is zeros.
  static treino::EigenMatrix orthogonal(const treino::EigenMatrix& matrix) {
    const bool is_tall = matrix.rows() > matrix.cols();
    treino::EigenMatrix x = (is_tall ? matrix.transpose() : matrix) / (matrix.norm() + 1e-7f);
    for (int round = 0; round < 5; ++round) {
      const treino::EigenMatrix a = x * x.transpose();
      x = (3.4445f * x + (-4.7750f * a + 2.0315f * a * a) * x).eval();
    }
    return is_tall ? treino::EigenMatrix(x.transpose()) : x;
  }

  double momentum_;
  float current_ = 0;
};

}  // namespace

TREINO_PLUGIN(Muon,
              "kind = 'optimizer'\ndraft = 1\nid = 'muon'\nversion = '1.0.0'\n"
              "summary = 'Momentum made orthogonal by Newton-Schulz iterations.'\n"
              "parameters.momentum = { type = 'float', default = 0.95, min = 0.0, below = 1.0, doc = 'of the gradients' "
              "}\n" TREINO_WEIGHT_DECAY_TOML("weights shrink by learning_rate * weight_decay per step"))
