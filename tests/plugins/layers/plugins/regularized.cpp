// dense without biases, whose weight is penalized and limited as its parameters say: beside nn's own, which does the same.
#include <treino/eigen.hpp>
#include <treino/layer.hpp>

namespace {

class Regularized final : public treino::Layer {
 public:
  explicit Regularized(const treino::Setup& setup)
      : units_(setup.get<std::int64_t>("units")),
        regularizer_{setup.get<double>("l1"), setup.get<double>("l2"), setup.get<double>("max_norm")} {}

  treino::Shape prepare(treino::LayerSetup& setup) override {
    weight_ = setup.parameter("weight", {setup.input().size(), units_});
    setup.regularize(weight_, regularizer_);
    return {units_};
  }
  void forward(const treino::Forward& pass) const override {
    treino::eigen(pass.output()) = treino::eigen(pass.input()) * treino::eigen(pass.parameter(weight_));
  }
  void backward(const treino::Backward& pass) const override {
    const auto gradient = treino::eigen(pass.output_gradient());
    if (pass.wants_input()) treino::eigen(pass.input_gradient()) += gradient * treino::eigen(pass.parameter(weight_)).transpose();
    if (pass.wants_parameter(weight_))
      treino::eigen(pass.parameter_gradient(weight_)) += treino::eigen(pass.input()).transpose() * gradient;
  }

 private:
  std::int64_t units_;
  treino::Regularizer regularizer_;
  std::size_t weight_ = 0;
};

}  // namespace

TREINO_PLUGIN(Regularized, R"toml(
kind = "layer"
draft = 1
id = "regularized"
version = "1"
summary = "s"
help = "h"
[parameters.units]
type = "int"
required = true
doc = "d"
[parameters.l1]
type = "float"
default = 0.0
doc = "d"
[parameters.l2]
type = "float"
default = 0.0
doc = "d"
[parameters.max_norm]
type = "float"
default = 0.0
doc = "d"
)toml")
