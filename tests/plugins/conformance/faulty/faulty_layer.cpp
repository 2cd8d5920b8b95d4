// Squares times a learned scale, with the fault that FAULT names.
#include <string_view>
#include <treino/layer.hpp>

namespace {

constexpr std::string_view fault = FAULT;
float last_of_all = 0;

class FaultyLayer final : public treino::Layer {
 public:
  treino::Shape prepare(treino::LayerSetup& setup) override {
    if (setup.input().rank() != 1) throw std::invalid_argument(fault == "silent" ? "" : "the input is not flat");
    scale_ = setup.parameter("scale", {setup.input().size()}, "ones");
    setup.workspace(1);
    return setup.input();
  }

  void forward(const treino::Forward& pass) const override {
    const auto input = pass.input(), scale = pass.parameter(scale_);
    const auto output = pass.output();
    for (std::int64_t row = 0; row < pass.rows(); ++row)
      for (std::int64_t i = 0; i < input.columns(); ++i) {
        output(row, i) = scale(0, i) * input(row, i) * input(row, i);
        if (fault == "mixes") output(row, i) += input(pass.rows() - 1, i);
        if (fault == "draws") output(row, i) *= static_cast<float>(1 + pass.uniform(row, 0));
      }
    if (fault == "beyond") output(pass.rows(), 0) = 1;
    if (fault == "unset") output(0, 0) = output(0, 0) + 0 * pass.workspace()(0, 0);
    kept_ = last_of_all = input(0, 0);
  }

  void backward(const treino::Backward& pass) const override {
    const auto input = pass.input(), scale = pass.parameter(scale_), gradient = pass.output_gradient();
    const float slope = fault == "slope" ? 3.0f : 2.0f;
    const float more = fault == "keeps" ? kept_ - input(0, 0) : fault == "shares" ? last_of_all - input(0, 0) : 0;
    for (std::int64_t row = 0; row < pass.rows(); ++row)
      for (std::int64_t i = 0; i < input.columns(); ++i) {
        if (fault == "asks" || pass.wants_input()) {
          float& to = pass.input_gradient()(row, i);
          to = (fault == "sets" ? 0 : to) + slope * scale(0, i) * input(row, i) * gradient(row, i) + more;
        }
        if (pass.wants_parameter(scale_))
          pass.parameter_gradient(scale_)(0, i) += input(row, i) * input(row, i) * gradient(row, i);
      }
  }

 private:
  std::size_t scale_ = 0;
  mutable float kept_ = 0;
};

}  // namespace

TREINO_PLUGIN(FaultyLayer, R"toml(
kind = "layer"
draft = 1
id = "faulty_layer"
version = "1.0.0"
summary = "squares times a scale, with a fault"
help = "For the tests of the conformance program."
)toml")
