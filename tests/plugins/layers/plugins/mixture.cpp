// The sum of two to four inputs, each times a learned factor and, while training, times a random number of the sample and the input.
// Everything that a layer can ask for is in it: constants, an output that backward reads, threads.
#include <cmath>
#include <stdexcept>
#include <treino/layer.hpp>
#include <vector>

namespace {

class Mixture final : public treino::Layer {
 public:
  explicit Mixture(const treino::Setup& setup)
      : host_(setup.host()), noise_(setup.get<double>("noise")), squared_(setup.get<bool>("squared")) {}

  treino::Shape prepare(treino::LayerSetup& setup) override {
    const treino::Shape shape = setup.input();
    for (std::size_t k = 1; k < setup.inputs(); ++k)
      if (setup.input(k) != shape)
        throw std::invalid_argument("inputs are " + shape.text() + " and " + setup.input(k).text() + ", and have to be alike");
    inputs_ = setup.inputs();
    std::vector<float> factors(inputs_);
    for (std::size_t k = 0; k < inputs_; ++k) factors[k] = 1 + 0.25f * static_cast<float>(k);
    factor_ = setup.parameter("factor", {static_cast<std::int64_t>(inputs_)}, factors);
    unit_ = setup.constant("unit", {1}, {0.5f});
    setup.workspace(static_cast<std::int64_t>(inputs_));
    if (squared_) setup.keep_output();
    return shape;
  }

  void forward(const treino::Forward& pass) const override {
    const auto noise = pass.workspace();
    for (std::int64_t row = 0; row < pass.rows(); ++row)
      for (std::size_t k = 0; k < inputs_; ++k)
        noise(row, static_cast<std::int64_t>(k)) =
            pass.is_training() ? static_cast<float>(1 + noise_ * (pass.uniform(row, k) - 0.5)) : 1;
    const auto output = pass.output();
    host_.parallel_for(pass.rows(), [&](std::int64_t row) {
      for (std::int64_t i = 0; i < output.columns(); ++i) {
        float sum = 0;
        for (std::size_t k = 0; k < inputs_; ++k) sum += scale(pass, row, k) * pass.input(k)(row, i);
        output(row, i) = squared_ ? sum * sum : sum;
      }
    });
  }

  /// The sign of a square's root is that of the first input: this mixture is for inputs above 0.
  void backward(const treino::Backward& pass) const override {
    const auto given = pass.output_gradient();
    const auto gradient = [&](std::int64_t row, std::int64_t i) {
      return squared_ ? 2 * std::sqrt(pass.output()(row, i)) * given(row, i) : given(row, i);
    };
    for (std::size_t k = 0; k < inputs_; ++k) {
      if (pass.wants_input(k))
        host_.parallel_for(pass.rows(), [&](std::int64_t row) {
          for (std::int64_t i = 0; i < given.columns(); ++i)
            pass.input_gradient(k)(row, i) += scale(pass, row, k) * gradient(row, i);
        });
      if (!pass.wants_parameter(factor_)) continue;
      float& sum = pass.parameter_gradient(factor_)(0, static_cast<std::int64_t>(k));
      for (std::int64_t row = 0; row < pass.rows(); ++row)
        for (std::int64_t i = 0; i < given.columns(); ++i)
          sum += 2 * pass.parameter(unit_)(0, 0) * pass.workspace()(row, static_cast<std::int64_t>(k)) * pass.input(k)(row, i) *
                 gradient(row, i);
    }
  }

 private:
  template <class Pass>
  float scale(const Pass& pass, std::int64_t row, std::size_t k) const {
    const auto column = static_cast<std::int64_t>(k);
    return 2 * pass.parameter(unit_)(0, 0) * pass.parameter(factor_)(0, column) * pass.workspace()(row, column);
  }

  treino::Host host_;
  double noise_;
  bool squared_;
  std::size_t inputs_ = 0, factor_ = 0, unit_ = 0;
};

}  // namespace

TREINO_PLUGIN(Mixture, R"toml(
kind = "layer"
draft = 1
id = "acme/mixture"
version = "1.2.0"
summary = "sum of its inputs, each times a factor that learns, and a random number while training"
help = "h"
inputs = [2, 4]
[parameters.noise]
type = "float"
default = 0.0
min = 0.0
doc = "how far the random numbers are from 1"
[parameters.squared]
type = "bool"
default = false
doc = "the square of the sum"
)toml")
