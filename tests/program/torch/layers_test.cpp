// Every layer of nn beside libtorch's in float64, over 50 random shapes each: outputs and gradients, to 1e-5 of the largest number of an
// array. float32 itself has 6e-8; what is left is for sums of some hundred products and for norms of few numbers.
#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include "cases.hpp"
#include "nn/layers/foreign_layer.hpp"
#include "nn/layers/layer_types.hpp"
#include "support/catch.hpp"

using namespace treino::test;
namespace nn = treino::nn;

namespace {

constexpr int shapes = 50;
constexpr double tolerance = 1e-5;

/// Passes on what it reads times a factor, and keeps the gradient that it gets: the tested layer's, of that input.
class Entry final : public nn::ForeignLayer {
 public:
  explicit Entry(float factor) : ForeignLayer("test/entry", 1, 1), factor_(factor) {}

  float factor() const { return factor_; }
  const std::vector<float>& gradient() const { return gradient_; }

  void forward(const Forward& pass) override {
    for (std::int64_t i = 0; i < pass.rows * size_; ++i) pass.output[i] = factor_ * pass.inputs[0][i];
  }
  void backward(const Backward& pass) override {
    gradient_.assign(pass.output_gradient, pass.output_gradient + pass.rows * size_);
  }

 private:
  // A parameter that learns, without which backward would end before this layer.
  Plan prepare(std::span<const nn::Shape> inputs) override {
    size_ = nn::size_of(inputs[0]);
    return {.output = inputs[0], .parameters = {{.name = "unused", .shape = {1}}}, .reads_inputs = false};
  }

  float factor_;
  std::int64_t size_ = 0;
  std::vector<float> gradient_;
};

torch::Tensor tensor_of(std::span<const float> values, std::int64_t batch, const nn::Shape& shape) {
  std::vector<std::int64_t> sizes = shape;
  if (batch > 0) sizes.insert(sizes.begin(), batch);
  return torch::from_blob(const_cast<float*>(values.data()), sizes, torch::kFloat32).to(torch::kFloat64).clone();
}

void check_close(const std::string& what, std::span<const float> ours, const torch::Tensor& theirs) {
  const torch::Tensor reference = theirs.detach().contiguous();
  INFO(what << ", " << ours.size() << " numbers");
  REQUIRE(static_cast<std::int64_t>(ours.size()) == reference.numel());
  const double* const expected = reference.data_ptr<double>();
  double largest = 0, difference = 0;
  bool are_finite = true;
  for (std::size_t i = 0; i < ours.size(); ++i) {
    largest = std::max(largest, std::abs(expected[i]));
    difference = std::max(difference, std::abs(static_cast<double>(ours[i]) - expected[i]));
    are_finite = are_finite && std::isfinite(ours[i]);
  }
  CHECK(are_finite);
  CHECK(difference <= tolerance * largest);
}

/// The tested layer behind its entries, once forward and once backward.
class Trial {
 public:
  Trial(const Case& tested, std::mt19937& random) : case_(tested) {
    std::vector<nn::LayerSpec> layers;
    nn::LayerSpec last = tested.layer;
    last.name = "tested";
    for (std::size_t i = 0; i < tested.inputs; ++i) {
      entries_.push_back(std::make_shared<Entry>(i == 0 ? 1.0f : -0.5f * static_cast<float>(i)));
      const std::string name = "entry_" + std::to_string(i);
      layers.push_back({.type = "test/entry", .name = name, .inputs = {"input"}, .foreign = entries_.back()});
      last.inputs.push_back(name);
    }
    layers.push_back(std::move(last));
    model_.emplace(layers, tested.input, tested.batch + 1, 1);
    std::normal_distribution<float> normal;
    for (nn::Parameter& one : model_->parameters()) {
      if (!one.trainable) continue;
      // As large as initializers make weights: with larger ones a recurrent layer is chaotic, and float32 tells nothing of it.
      const float scale = 1 / std::sqrt(static_cast<float>(nn::size_of(one.shape) / one.shape[0]));
      for (float& value : one.value) value = scale * normal(random);
    }
    input_ = tested.numbers ? tested.numbers(random) : std::vector<float>(size());
    if (!tested.numbers) std::ranges::generate(input_, [&] { return normal(random); });
    output_ = copy_of(model_->forward(input_.data(), tested.batch, nn::Mode::train));
    probe_.resize(output_.size());
    std::ranges::generate(probe_, [&] { return normal(random); });
    model_->backward(probe_.data());
  }

  void check() {
    Tensors inputs, parameters;
    for (const auto& entry : entries_)
      inputs.push_back((entry->factor() * tensor_of(input_, case_.batch, case_.input)).requires_grad_(case_.numbers == nullptr));
    std::vector<const nn::Parameter*> learned;
    for (const nn::Parameter& one : std::as_const(*model_).parameters()) {
      if (!one.trainable || !one.name.starts_with("tested/")) continue;
      learned.push_back(&one);
      parameters.push_back(tensor_of(one.value, 0, one.shape).requires_grad_());
    }
    const torch::Tensor output = case_.reference(inputs, parameters);
    check_close("output", output_, output);
    output.backward(tensor_of(probe_, 0, {output.numel()}).reshape(output.sizes()));
    if (case_.numbers == nullptr)
      for (std::size_t i = 0; i < entries_.size(); ++i)
        check_close("gradient of input " + std::to_string(i), entries_[i]->gradient(), inputs[i].grad());
    for (std::size_t i = 0; i < learned.size(); ++i)
      check_close("gradient of " + learned[i]->name, learned[i]->gradient, parameters[i].grad());
  }

 private:
  std::size_t size() const { return static_cast<std::size_t>(case_.batch * nn::size_of(case_.input)); }
  static std::vector<float> copy_of(std::span<const float> values) { return {values.begin(), values.end()}; }

  const Case& case_;
  std::vector<std::shared_ptr<Entry>> entries_;
  std::optional<nn::Model> model_;
  std::vector<float> input_, output_, probe_;
};

}  // namespace

TEST_CASE("every layer's outputs and gradients are libtorch's over random shapes") {
  torch::set_num_threads(1);
  for (const auto& [type, make] : case_makers()) {
    std::seed_seq seed(type.begin(), type.end());
    std::mt19937 random(seed);
    for (int i = 0; i < shapes; ++i) {
      Case tested = make(random);
      INFO(type << ", case " << i << ": " << tested.text << ", input " << nn::to_text(tested.input) << ", batch "
                << tested.batch);
      Trial(tested, random).check();
    }
  }
}

TEST_CASE("every type of layer is compared, but for those that draw random numbers") {
  std::set<std::string> compared{"dropout"};  // its scaling and share are tested where its random numbers are
  for (const auto& [type, make] : case_makers()) compared.insert(type);
  for (const nn::LayerType* type : nn::layer_types()) {
    CAPTURE(type->id);
    CHECK(compared.contains(std::string(type->id)));
  }
}
