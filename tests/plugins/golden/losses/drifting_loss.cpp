// For tests: a loss with state. It is the mean of the predictions times the number of batches seen, this one included.
#include <treino/loss.hpp>

namespace {

class DriftingLoss final : public treino::Loss {
 public:
  treino::LossValue evaluate(treino::Matrix<const float> prediction, const treino::Target&, treino::Weights,
                             treino::Matrix<float> gradient) override {
    ++batches_;
    double sum = 0;
    for (std::int64_t sample = 0; sample < prediction.rows(); ++sample) {
      sum += static_cast<double>(batches_) * static_cast<double>(prediction(sample, 0));
      if (gradient) gradient(sample, 0) = static_cast<float>(batches_) / static_cast<float>(prediction.rows());
    }
    return {sum, static_cast<double>(prediction.rows())};
  }
  void save(treino::Writer& writer) const override { writer.write(batches_); }
  void load(treino::Reader& reader, std::uint32_t /*version*/) override { reader.read(batches_); }

 private:
  std::uint64_t batches_ = 0;
};

}  // namespace

TREINO_PLUGIN(DriftingLoss, R"toml(
kind = "loss"
id = "drifting_loss"
version = "1.0.0"
summary = "mean of the predictions times the number of batches"
target = ["values"]
help = "State: the number of batches."
)toml")
