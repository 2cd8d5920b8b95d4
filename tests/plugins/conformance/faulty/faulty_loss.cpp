// The squared error of one output with the fault that FAULT names.
#include <string_view>
#include <treino/loss.hpp>

namespace {

constexpr std::string_view fault = FAULT;
int calls_of_all = 0;

class FaultyLoss final : public treino::Loss {
 public:
  void prepare(const treino::Problem& problem) override {
    if (problem.outputs() != 1) throw std::invalid_argument("one output only");
  }
  treino::LossValue evaluate(treino::Matrix<const float> prediction, const treino::Target& target, treino::Weights weights,
                             treino::Matrix<float> gradient) override {
    double sum = 0, weight = 0;
    std::vector<float> errors(fault == "allocates" ? 8 : 0);
    for (std::int64_t sample = 0; sample < prediction.rows(); ++sample) weight += static_cast<double>(weights[sample]);
    for (std::int64_t sample = 0; sample < prediction.rows(); ++sample) {
      const float error = prediction(sample, 0) - target.values()(sample, 0);
      const float unstable = fault == "unstable" ? std::log(std::exp(error)) : error;
      sum += static_cast<double>(weights[sample] * unstable * error);
      if (!gradient) continue;
      if (fault != "adds") gradient(sample, 0) = 0;
      if (weight == 0 && fault != "weightless") continue;
      gradient(sample, 0) += (fault == "slope" ? 1 : 2) * weights[sample] * error / static_cast<float>(weight);
    }
    return {fault == "shares" ? sum + ++calls_of_all % 3 : sum, weight};
  }
};

}  // namespace

TREINO_PLUGIN(FaultyLoss, R"toml(
kind = "loss"
id = "faulty_loss"
version = "1.0.0"
summary = "squared error, with a fault"
target = ["values"]
help = "For the tests of the conformance program."
)toml")
