// A loss that takes class indices and nothing else: half the squared distance of the first output from the index.
#include <treino/loss.hpp>

namespace {

class IndexLoss final : public treino::Loss {
 public:
  treino::LossValue evaluate(treino::Matrix<const float> prediction, const treino::Target& target, treino::Weights,
                             treino::Matrix<float> gradient) override {
    double sum = 0;
    for (std::int64_t sample = 0; sample < prediction.rows(); ++sample) {
      const float error = prediction(sample, 0) - static_cast<float>(target.index(sample));
      sum += static_cast<double>(error) * static_cast<double>(error) / 2;
      for (std::int64_t output = 0; gradient && output < prediction.columns(); ++output)
        gradient(sample, output) = output == 0 ? error / static_cast<float>(prediction.rows()) : 0;
    }
    return {sum, static_cast<double>(prediction.rows())};
  }
};

}  // namespace

TREINO_PLUGIN(IndexLoss, R"toml(
kind = "loss"
id = "index_loss"
version = "1.0.0"
summary = "takes class indices and nothing else"
target = ["index"]
help = "For the tests of the program."
)toml")
