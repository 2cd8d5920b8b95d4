// A sample's axes in another order, as torch.permute and numpy.transpose have it: channels x height x width becomes, with
// dims = [1, 2, 0], height x width x channels.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "nn/kernels/parallel_for.hpp"
#include "nn/layers/layer.hpp"
#include "nn/layers/layer_type.hpp"

namespace treino::nn {
namespace {

class Permute final : public Layer {
 public:
  explicit Permute(const LayerContext& context) : sizes_(context.output), threads_(context.threads) {
    const auto& dims = context.setting<std::vector<std::int64_t>>("dims");
    std::vector<std::int64_t> strides(dims.size(), 1);
    for (std::size_t i = dims.size() - 1; i > 0; --i) strides[i - 1] = strides[i] * context.input[i];
    for (const std::int64_t from : dims) strides_.push_back(strides[static_cast<std::size_t>(from)]);
    context.request(output_);
  }
  Traits traits() const override { return {}; }

  const float* forward(const float* input, const Pass& pass) override {
    each_element(pass.batch, [&](std::int64_t in, std::int64_t out) { output_[out] = input[in]; });
    return output_.data();
  }

  void backward(const Gradients& gradients, const BackwardPass& pass) override {
    if (!pass.wants_input_gradient) return;
    each_element(pass.batch, [&](std::int64_t in, std::int64_t out) { gradients.input[in] = gradients.output[out]; });
  }

 private:
  /// visit(offset in the input, offset in the output): rows of the output's last axis, whose elements are `strides_.back()` apart
  /// in the input.
  template <class Visit>
  void each_element(std::int64_t batch, Visit visit) const {
    const std::int64_t size = size_of(sizes_), length = sizes_.back(), step = strides_.back(), rows = size / length;
    parallel_for(batch * rows, 2 * length, threads_, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t row = first; row < last; ++row) {
        std::int64_t in = row / rows * size, rest = row % rows;
        for (std::size_t i = sizes_.size() - 1; i-- > 0; rest /= sizes_[i]) in += rest % sizes_[i] * strides_[i];
        for (std::int64_t j = 0; j < length; ++j) visit(in + j * step, row * length + j);
      }
    });
  }

  Shape sizes_;                        // of the output
  std::vector<std::int64_t> strides_;  // in the input, of each axis of the output
  int threads_;
  ArenaSpan<float> output_;
};

Shape permute_shape(const ShapeContext& at) {
  const auto& dims = at.spec.settings.at<std::vector<std::int64_t>>("dims");
  std::vector<std::int64_t> sorted = dims, all(at.input.size());
  std::ranges::sort(sorted);
  std::iota(all.begin(), all.end(), 0);
  if (sorted != all)
    at.fail(fmt::format("dims is the axes 0 to {} of the input, which is {}, each once, not [{}]", at.input.size() - 1,
                        to_text(at.input), fmt::join(dims, ", ")));
  Shape output;
  for (const std::int64_t from : dims) output.push_back(at.input[static_cast<std::size_t>(from)]);
  return output;
}

}  // namespace

extern const LayerType permute_layer{
    .id = "permute",
    .description = R"toml(summary = "puts a sample's axes in another order"
[type.parameters.dims]
type = "list"
items = "int"
scalar = true
required = true
min = 0
doc = "for each axis of the output, that of the input, from 0 and without the batch: [1, 2, 0] puts channels last"
)toml",
    .shape = permute_shape,
    .flops = flops_per_output<0>,
    .make = [](const LayerContext& context) -> std::unique_ptr<Layer> { return std::make_unique<Permute>(context); },
};

}  // namespace treino::nn
