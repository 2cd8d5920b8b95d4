// A loss whose value is NaN; its gradient is 0, so that the weights stay whole.
#include <treino/loss.hpp>

namespace {

class NanLoss final : public treino::Loss {
 public:
  treino::LossValue evaluate(treino::Matrix<const float> prediction, const treino::Target&, treino::Weights,
                             treino::Matrix<float> gradient) override {
    for (std::int64_t i = 0; gradient && i < gradient.rows(); ++i)
      for (std::int64_t j = 0; j < gradient.columns(); ++j) gradient(i, j) = 0;
    return {std::nan(""), static_cast<double>(prediction.rows())};
  }
};

}  // namespace

TREINO_PLUGIN(NanLoss, R"toml(
kind = "loss"
id = "nan_loss"
version = "1.0.0"
summary = "NaN"
target = ["values", "index", "one_hot"]
)toml")
