// A learned vector for each index, such as the number of a word: weight, indices x dimensions, is a table of which rows are taken.
// Indices are features, so they come as floats, which hold whole numbers up to 2^24 exactly.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "nn/kernels/parallel_for.hpp"
#include "nn/layers/layer.hpp"
#include "nn/layers/layer_type.hpp"
#include "nn/layers/parameter_texts.hpp"
#include "nn/sample_error.hpp"

namespace treino::nn {
namespace {

constexpr std::int64_t most_indices = std::int64_t{1} << 24;

class Embedding final : public Layer {
 public:
  explicit Embedding(const LayerContext& context)
      : name_(context.name),
        length_(size_of(context.input)),
        rows_(context.setting<std::int64_t>("input_dim")),
        width_(context.output.back()),
        threads_(context.threads) {
    context.request(output_);
    context.memory.request(indices_, context.capacity * length_, Use::kept);
    weight_ = context.add_weight({rows_, width_}, {rows_, width_});
  }
  Traits traits() const override { return {}; }

  const float* forward(const float* input, const Pass& pass) override {
    read(input, pass);
    parallel_for(pass.batch * length_, width_, threads_, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t i = first; i < last; ++i)
        std::copy_n(weight_.value + indices_[i] * width_, width_, output_.data() + i * width_);
    });
    return output_.data();
  }

  void backward(const Gradients& gradients, const BackwardPass& pass) override {
    if (pass.learns) add_up(gradients.output, pass);
    // Where an index comes from learns nothing of it.
    if (pass.wants_input_gradient) std::fill_n(gradients.input, pass.batch * length_, 0.0f);
  }

 private:
  void read(const float* input, const Pass& pass) {
    for (std::int64_t i = 0; i < pass.batch * length_; ++i) {
      const float value = input[i];
      if (!(value >= 0 && value < static_cast<float>(rows_) && value == std::floor(value)))
        throw SampleError(pass.first_row + i / length_,
                          fmt::format("{}: expected indices from 0 to {}, found {} as number {} of {}", name_, rows_ - 1, value,
                                      i % length_ + 1, length_));
      indices_[i] = static_cast<std::int32_t>(value);
    }
  }

  /// Each column by one thread, index after index: many may be the same.
  void add_up(const float* output_gradient, const BackwardPass& pass) {
    const std::int64_t count = pass.batch * length_;
    parallel_for(width_, count + rows_, threads_, [&](std::int64_t first, std::int64_t last) {
      if (!pass.accumulate) {
        for (std::int64_t row = 0; row < rows_; ++row)
          std::fill(weight_.gradient + row * width_ + first, weight_.gradient + row * width_ + last, 0.0f);
      }
      for (std::int64_t i = 0; i < count; ++i) {
        float* to = weight_.gradient + indices_[i] * width_;
        const float* from = output_gradient + i * width_;
        for (std::int64_t j = first; j < last; ++j) to[j] += from[j];
      }
    });
  }

  std::string name_;
  std::int64_t length_, rows_, width_;
  int threads_;
  Parameters::Pointers weight_{};
  ArenaSpan<float> output_;
  ArenaSpan<std::int32_t> indices_;
};

Shape embedding_shape(const ShapeContext& at) {
  const auto rows = at.spec.settings.at<std::int64_t>("input_dim"), width = at.spec.settings.at<std::int64_t>("output_dim");
  if (rows < 1) at.fail(fmt::format("input_dim must be at least 1, not {}", rows));
  if (rows > most_indices) at.fail(fmt::format("input_dim must be at most {}, not {}", most_indices, rows));
  if (width < 1) at.fail(fmt::format("output_dim must be at least 1, not {}", width));
  at.check_weights();
  at.check_size({rows, width}, "a weight");
  Shape output = at.input;
  output.push_back(width);
  return output;
}

}  // namespace

extern const LayerType embedding_layer{
    .id = "embedding",
    .description = R"toml(summary = "a learned vector for each index: a sequence of n whole numbers becomes n x output_dim"
[type.parameters.input_dim]
type = "int"
required = true
min = 1
max = 16777216
doc = "how many indices there are: they go from 0 to one less"
[type.parameters.output_dim]
type = "int"
required = true
min = 1
doc = "length of a vector"
)toml" TREINO_INITIALIZER_WITH_DEFAULT_TOML("uniform") TREINO_PENALTY_TOML TREINO_MAX_NORM_TOML("an index"),
    .shape = embedding_shape,
    .flops = flops_per_output<0>,
    .make = [](const LayerContext& context) -> std::unique_ptr<Layer> { return std::make_unique<Embedding>(context); },
};

}  // namespace treino::nn
