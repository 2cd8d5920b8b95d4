// A loss, over the C++ classes: the sum of differences, so that its gradient is 1 / weight everywhere.
#include <treino/loss.hpp>

namespace {

class Distance final : public treino::Loss {
 public:
  treino::LossValue evaluate(treino::Matrix<const float> prediction, const treino::Target& target, treino::Weights weights,
                             treino::Matrix<float> gradient) override {
    treino::LossValue value{0, 0};
    for (std::int64_t i = 0; i < prediction.rows(); ++i) {
      value.weight += weights[i];
      value.sum += weights[i] * (prediction(i, 0) - target.values()(i, 0));
    }
    for (std::int64_t i = 0; gradient && i < gradient.rows(); ++i) gradient(i, 0) = static_cast<float>(weights[i] / value.weight);
    return value;
  }
};

}  // namespace

TREINO_PLUGIN(Distance, R"toml(
kind = "loss"
id = "distance"
version = "1.0.0"
summary = "how far the prediction lies above the target"
target = ["values"]
)toml")
