// Rows are normalized each by one thread, and what they add to a weight's gradient is added by one thread, in their order: the bits
// depend on no number of threads.
#include "nn/layers/row_norm.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "nn/kernels/parallel_for.hpp"
#include "nn/layers/normalize.hpp"

namespace treino::nn {
namespace {

class RowNorm final : public Layer {
 public:
  RowNorm(const LayerContext& context, const NormalizedAxes& axes, bool centered)
      : centered_(centered),
        rows_(axes.rows),
        size_(size_of(axes.row)),
        threads_(context.threads),
        epsilon_(context.setting<double>("epsilon")),
        weight_(context.parameters.add(context.name + "/weight", axes.row, {"ones"})),
        normals_(static_cast<std::size_t>(context.capacity * rows_)) {
    if (centered_) bias_ = context.parameters.add(context.name + "/bias", axes.row, {"zeros"});
    context.request(output_);
  }
  Traits traits() const override { return {.reads_input = true, .gradient_in_place = true}; }

  const float* forward(const float* input, const Pass& pass) override {
    input_ = input;
    each_row(pass.batch, [&](std::int64_t row) {
      const float* x = input + row * size_;
      normal_at(row) = normal_of(x, size_, epsilon_, centered_);
      kernels().scale_row(x, size_, normal_at(row), weight_.value, bias_.value, output_.data() + row * size_);
    });
    return output_.data();
  }

  void backward(const Gradients& gradients, const BackwardPass& pass) override {
    if (pass.learns) add_up(gradients.output, pass);
    if (!pass.wants_input_gradient) return;
    each_row(pass.batch, [&](std::int64_t row) {
      float* gradient = gradients.output + row * size_;
      const float* x = input_ + row * size_;
      double sums[2];
      kernels().row_gradient_sums(gradient, x, weight_.value, size_, normal_at(row), sums);
      const LostGradient lost(sums, size_, centered_);
      kernels().row_gradient(gradient, x, weight_.value, size_, normal_at(row), lost.offset, lost.slope);
    });
  }

 private:
  /// The gradients of weight and bias.
  void add_up(const float* output_gradient, const BackwardPass& pass) {
    parallel_for(size_, 2 * pass.batch * rows_, threads_, [&](std::int64_t first, std::int64_t last) {
      float *weight = weight_.gradient + first, *bias = centered_ ? bias_.gradient + first : nullptr;
      const std::int64_t count = last - first;
      if (!pass.accumulate) {
        std::fill_n(weight, count, 0.0f);
        if (centered_) std::fill_n(bias, count, 0.0f);
      }
      for (std::int64_t row = 0; row < pass.batch * rows_; ++row) {
        const std::int64_t at = row * size_ + first;
        kernels().add_weight_gradient(output_gradient + at, input_ + at, count, normal_at(row), weight, bias);
      }
    });
  }

  RowNormal& normal_at(std::int64_t row) { return normals_[static_cast<std::size_t>(row)]; }

  template <class Visit>
  void each_row(std::int64_t batch, Visit visit) const {
    parallel_for(batch * rows_, 8 * size_, threads_, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t row = first; row < last; ++row) visit(row);
    });
  }

  bool centered_;
  std::int64_t rows_, size_;
  int threads_;
  double epsilon_;
  Parameters::Pointers weight_, bias_{};
  const float* input_ = nullptr;
  std::vector<RowNormal> normals_;  // of the last batch
  ArenaSpan<float> output_;
};

}  // namespace

NormalizedAxes::NormalizedAxes(const ShapeContext& at) : rows(1) {
  const auto axis = at.spec.settings.at<std::int64_t>("axis"), rank = static_cast<std::int64_t>(at.input.size());
  if (axis < -rank || axis >= rank)
    at.fail(fmt::format("axis must be in [{}, {}] for an input of {}, not {}", -rank, rank - 1, to_text(at.input), axis));
  const auto first = at.input.begin() + (axis < 0 ? axis + rank : axis);
  rows = size_of(Shape(at.input.begin(), first));
  row = Shape(first, at.input.end());
}

std::unique_ptr<Layer> make_row_norm(const LayerContext& context, bool centered) {
  return std::make_unique<RowNorm>(context, NormalizedAxes({context.number, context.spec, context.input}), centered);
}

Shape row_norm_shape(const ShapeContext& at) {
  at.check_epsilon();
  static_cast<void>(NormalizedAxes(at));
  return at.input;
}

}  // namespace treino::nn
