// A loss of your own, in Eigen: e^2 / (e^2 + scale^2), which no outlier can pull beyond 1. S. Geman, D. McClure, 1985.
#include <treino/eigen.hpp>
#include <treino/loss.hpp>

namespace {

class Saturating final : public treino::Loss {
 public:
  explicit Saturating(const treino::Setup& setup) : scale_(std::pow(setup.get<double>("scale"), 2)) {}

  treino::LossValue evaluate(treino::Matrix<const float> prediction, const treino::Target& target, treino::Weights weights,
                             treino::Matrix<float> gradient) override {
    treino::LossValue value{0, 0};
    for (std::int64_t row = 0; row < prediction.rows(); ++row) value.weight += weights[row];
    for (std::int64_t row = 0; row < prediction.rows(); ++row) {
      const auto error = (treino::eigen(prediction).row(row) - treino::eigen(target.values()).row(row)).array().cast<double>();
      const double share = weights[row] / static_cast<double>(prediction.columns());
      value.sum += share * (error.square() / (error.square() + scale_)).sum();
      const double factor = value.weight == 0 ? 0 : 2 * share * scale_ / value.weight;
      if (!gradient) continue;
      treino::eigen(gradient).row(row) = (factor * error / (error.square() + scale_).square()).cast<float>().matrix();
    }
    return value;
  }

 private:
  double scale_;
};

}  // namespace

TREINO_PLUGIN(Saturating, R"toml(
kind = "loss"
id = "saturating"
version = "1.0.0"
summary = "squared error that saturates: e^2 / (e^2 + scale^2)"
target = ["values"]
parameters.scale = { type = "float", default = 1.0, above = 0.0, doc = "error at half height, in units of the target" }
)toml")
