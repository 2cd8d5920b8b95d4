// SwiGLU, the gated linear unit of today's transformers: silu(input * gate) * (input * value), element by element.
// N. Shazeer, GLU Variants Improve Transformer, arXiv:2002.05202 (2020).
#include <treino/eigen.hpp>
#include <treino/layer.hpp>

namespace {

using treino::eigen;

class SwiGLU final : public treino::Layer {
 public:
  explicit SwiGLU(const treino::Setup& setup) : units_(setup.get<std::int64_t>("units")) {}

  treino::Shape prepare(treino::LayerSetup& setup) override {
    const treino::Shape& input = setup.input();
    if (input.rank() != 1)
      throw std::invalid_argument("the input is " + input.text() + ", not flat; add a flatten layer before it");
    gate_ = setup.parameter("gate", {input.size(), units_});  // glorot_uniform, and named swiglu_1/gate in the model
    value_ = setup.parameter("value", {input.size(), units_});
    setup.workspace(2 * units_);  // numbers for each sample, which the host keeps from forward to backward
    return {units_};
  }

  void forward(const treino::Forward& pass) const override {
    auto products = eigen(pass.workspace());
    products.leftCols(units_).noalias() = eigen(pass.input()) * eigen(pass.parameter(gate_));
    products.rightCols(units_).noalias() = eigen(pass.input()) * eigen(pass.parameter(value_));
    const auto gate = products.leftCols(units_).array(), value = products.rightCols(units_).array();
    eigen(pass.output()).array() = gate / (1.0f + (-gate).exp()) * value;
  }

  void backward(const treino::Backward& pass) const override {
    const treino::EigenMatrix products = eigen(pass.workspace()), gradient = eigen(pass.output_gradient());
    const auto gate = products.leftCols(units_).array(), value = products.rightCols(units_).array();
    const treino::EigenMatrix sigmoid = (1.0f + (-gate).exp()).inverse();
    add(pass, gate_, gradient.array() * value * sigmoid.array() * (1.0f + gate * (1.0f - sigmoid.array())));
    add(pass, value_, gradient.array() * gate * sigmoid.array());
  }

 private:
  /// What follows from the gradient of the input's product with a weight.
  static void add(const treino::Backward& pass, std::size_t weight, const treino::EigenMatrix& gradient) {
    if (pass.wants_parameter(weight))
      eigen(pass.parameter_gradient(weight)).noalias() += eigen(pass.input()).transpose() * gradient;
    if (pass.wants_input()) eigen(pass.input_gradient()).noalias() += gradient * eigen(pass.parameter(weight)).transpose();
  }

  std::int64_t units_;
  std::size_t gate_ = 0, value_ = 0;
};

}  // namespace

TREINO_PLUGIN(SwiGLU,
              "kind = 'layer'\ndraft = 1\nid = 'swiglu'\nversion = '1.0.0'\n"
              "summary = 'Gated linear unit: silu(input * gate) * (input * value).'\n"
              "help = 'Flat inputs; gate and value are features x units, without biases. Shazeer, arXiv:2002.05202.'\n"
              "parameters.units = { type = 'int', required = true, min = 1, doc = 'outputs' }\n")
