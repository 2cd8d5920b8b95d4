// Its inputs behind each other along one axis: channels of images, as DenseNet and U-Net join them.
#include <fmt/format.h>

#include <cstring>

#include "nn/kernels/kernels.hpp"
#include "nn/kernels/parallel_for.hpp"
#include "nn/layers/equal_shapes.hpp"
#include "nn/layers/layer_type.hpp"
#include "nn/layers/merge_layer.hpp"

namespace treino::nn {
namespace {

/// The axis as an index of a sample's shape. Throws ShapeError.
std::size_t axis_of(const ShapeContext& at) {
  const auto& given = at.spec.settings.at<std::vector<std::int64_t>>("axis");
  const auto rank = static_cast<std::int64_t>(at.input.size());
  if (given.size() > 1) at.fail(fmt::format("axis is one number, not {}", given.size()));
  if (given.empty()) return rank == 3 ? 0 : at.input.size() - 1;
  if (given[0] < -rank || given[0] >= rank)
    at.fail(fmt::format("axis {} of inputs of shape {}: expected {} to {}, or -{} to -1 from the end", given[0],
                        to_text(at.input), 0, rank - 1, rank));
  return static_cast<std::size_t>(given[0] < 0 ? given[0] + rank : given[0]);
}

class Concat final : public MergeLayer {
 public:
  explicit Concat(const LayerContext& context) : block_(context.input_block), threads_(context.threads) {
    const std::size_t axis = axis_of({context.number, context.spec, context.input, context.inputs});
    for (std::size_t i = 0; i < axis; ++i) rows_ *= context.output[i];
    // Of channels in blocks too: those of an input lie behind each other.
    for (const Shape& shape : context.inputs) widths_.push_back(size_of(shape) / rows_);
    width_ = size_of(context.output) / rows_;
    context.request(output_);
  }

  Traits traits() const override { return {}; }
  std::int64_t channel_block() const override { return block_; }

  const float* merge(std::span<const float* const> inputs, const Pass& pass) override {
    each_row(pass.batch, [&](std::int64_t row) {
      float* to = output_.data() + row * width_;
      for (std::size_t k = 0; k < inputs.size(); ++k) {
        std::memcpy(to, inputs[k] + row * widths_[k], static_cast<std::size_t>(widths_[k]) * sizeof(float));
        to += widths_[k];
      }
    });
    return output_.data();
  }

  void split(float* output_gradient, std::span<const InputGradient> inputs, const BackwardPass& pass) override {
    each_row(pass.batch, [&](std::int64_t row) {
      const float* from = output_gradient + row * width_;
      for (std::size_t k = 0; k < inputs.size(); from += widths_[k++]) {
        if (!inputs[k].wanted) continue;
        float* const to = inputs[k].values + row * widths_[k];
        if (inputs[k].add)
          kernels().add(to, from, widths_[k]);
        else
          std::memcpy(to, from, static_cast<std::size_t>(widths_[k]) * sizeof(float));
      }
    });
  }

 private:
  template <class Visit>
  void each_row(std::int64_t batch, Visit visit) const {
    parallel_for(batch * rows_, width_, threads_, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t row = first; row < last; ++row) visit(row);
    });
  }

  std::int64_t block_;
  int threads_;
  std::int64_t rows_ = 1, width_ = 0;  // of a sample: rows, and how many numbers of the output one has
  std::vector<std::int64_t> widths_;   // and of each input
  ArenaSpan<float> output_;
};

Shape concat_shape(const ShapeContext& at) {
  const std::size_t axis = axis_of(at);
  Shape output = at.input;
  for (std::size_t k = 1; k < at.inputs.size(); ++k) {
    Shape shape = at.inputs[k];
    if (shape.size() == output.size()) shape[axis] = at.input[axis];
    if (shape != at.input)
      at.fail_input(k, fmt::format("inputs differ in axis {} alone, and \"{}\" is {}, \"{}\" {}", axis, at.spec.inputs[0],
                                   to_text(at.input), at.spec.inputs[k], to_text(at.inputs[k])));
    output[axis] += at.inputs[k][axis];
  }
  return output;
}

}  // namespace

extern const LayerType concat_layer{
    .id = "concat",
    .description = R"toml(summary = "its inputs behind each other along one axis"
[type.parameters.axis]
type = "list"
items = "int"
scalar = true
default = []
doc = "of a sample, from 0, negative ones from the end: of 3x28x28, 0 is the channels; empty: channels of images, else the last"
)toml",
    .shape = concat_shape,
    .flops = flops_per_output<0>,
    .make = [](const LayerContext& context) -> std::unique_ptr<Layer> { return std::make_unique<Concat>(context); },
    .accepts_blocked_layout =
        [](const Settings& settings) {
          const auto& axis = settings.at<std::vector<std::int64_t>>("axis");
          return axis.empty() || axis[0] == 0 || axis[0] == -3;
        },
    .least_inputs = 2,
    .most_inputs = any_number,
};

}  // namespace treino::nn
