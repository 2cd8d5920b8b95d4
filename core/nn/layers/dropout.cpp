// Sets elements to zero with probability `rate` while training and scales the others by 1 / (1 - rate), so that inference needs
// nothing. Srivastava et al., JMLR 15 (2014); the scaling is the "inverted" form.
#include <fmt/format.h>

#include <algorithm>

#include "base/random.hpp"
#include "nn/layers/layer.hpp"
#include "nn/layers/layer_type.hpp"

namespace treino::nn {
namespace {

class Dropout final : public Layer {
 public:
  explicit Dropout(const LayerContext& context)
      : seed_(context.seed),
        first_block_(std::uint64_t{context.number} << 32),
        size_(size_of(context.output)),
        rate_(static_cast<float>(context.setting<double>("rate"))),
        scale_(static_cast<float>(1 / (1 - context.setting<double>("rate")))) {
    context.request(factors_, Use::kept);
    context.request(output_);
  }
  Traits traits() const override { return {.passes_input = true, .gradient_in_place = true}; }

  const float* forward(const float* input, const Pass& pass) override {
    if (pass.mode == Mode::infer) return input;
    const std::int64_t size = pass.batch * size_;
    draw(pass.first_row * size_, size, pass.step);
    for (std::int64_t i = 0; i < size; ++i) output_[i] = factors_[i] * input[i];
    return output_.data();
  }

  void backward(const Gradients& gradients, const BackwardPass& pass) override {
    for (std::int64_t i = 0; i < pass.batch * size_; ++i) gradients.output[i] *= factors_[i];
  }

 private:
  // Four elements of the batch share a block of random words; each dropout layer of a network has blocks of its own. `first`: where
  // a shard's elements begin, so that they are the same however the batch is divided.
  void draw(std::int64_t first, std::int64_t size, std::uint64_t step) {
    const base::RandomStream stream(seed_, base::Purpose::dropout, step);
    const std::int64_t end = first + size;
    for (std::int64_t block = first / 4; block * 4 < end; ++block) {
      std::uint32_t words[4];
      stream.block(first_block_ + static_cast<std::uint64_t>(block), words);
      for (std::int64_t i = std::max(block * 4, first); i < std::min(block * 4 + 4, end); ++i) {
        factors_[i - first] = static_cast<float>(words[i % 4] >> 8) * 0x1p-24f < rate_ ? 0 : scale_;
      }
    }
  }

  std::uint64_t seed_, first_block_;
  std::int64_t size_;
  float rate_, scale_;
  ArenaSpan<float> factors_, output_;
};

Shape dropout_shape(const ShapeContext& at) {
  const double rate = at.spec.settings.at<double>("rate");
  if (!(rate >= 0 && rate < 1)) at.fail(fmt::format("rate must be in [0, 1), not {}", rate));
  return at.input;
}

}  // namespace

extern const LayerType dropout_layer{
    .id = "dropout",
    .description = R"toml(summary = "sets random elements to zero while training, scales the others by 1 / (1 - rate)"
[type.parameters.rate]
type = "float"
default = 0.5
min = 0.0
below = 1.0
doc = "share of elements set to zero"
)toml",
    .shape = dropout_shape,
    .flops = flops_per_output<0>,
    .make = [](const LayerContext& context) -> std::unique_ptr<Layer> { return std::make_unique<Dropout>(context); },
};

}  // namespace treino::nn
