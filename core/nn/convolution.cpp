#include "nn/convolution.hpp"

#include <algorithm>

#include "nn/onednn.hpp"

namespace treino::nn {

using namespace onednn;

struct Convolution::Plan {
  Plan(const Window& window, std::int64_t filters, std::int64_t batch, bool with_bias, std::int64_t input_block);

  using Direction = Port::Direction;
  memory::dims input, weight, bias, output, strides, before, after;
  memory::desc input_layout, output_layout;  // as the layers before and behind see them
  std::int64_t output_block = 1;
  bool has_bias;
  dnnl::stream stream{engine()};

  struct Forward {
    Scratch scratch;
    Port input, weight, bias, output;
    Operation operation;
  } forward;
  struct BackwardWeights {
    Scratch scratch;
    Port input, output_gradient, weight_gradient, bias_gradient;
    Operation operation;
  } backward_weights;
  struct BackwardData {
    Scratch scratch;
    Port output_gradient, weight, input_gradient;
    Operation operation;
  } backward_data;

 private:
  using ForwardPlan = dnnl::convolution_forward::primitive_desc;
  ForwardPlan forward_plan(dnnl::algorithm algorithm, const memory::desc& in, const memory::desc& out) const;
  void choose_output_block();
  void plan_forward(const ForwardPlan& plan);
  void plan_backward_weights(dnnl::algorithm algorithm, const ForwardPlan& hint);
  void plan_backward_data(dnnl::algorithm algorithm, const ForwardPlan& hint);

  /// What a primitive may choose for itself: where ours are plain, moving the numbers into blocks pays.
  static memory::desc request(const memory::desc& ours, const memory::dims& sizes) {
    return ours == plain(sizes) ? free_choice(sizes) : ours;
  }
};

namespace {

/// Share of the tiles of 4x4 outputs that Winograd's algorithm computes and somebody wants.
double used_by_tiles(std::int64_t height, std::int64_t width) {
  const std::int64_t computed = (height + 3) / 4 * 4 * ((width + 3) / 4 * 4);
  return static_cast<double>(height * width) / static_cast<double>(computed);
}

bool suits_winograd(const Window& window, std::int64_t filters) {
  return window.kernel_height == 3 && window.kernel_width == 3 && window.stride_height == 1 && window.stride_width == 1 &&
         window.channels % 16 == 0 && filters % 16 == 0 && used_by_tiles(window.output_height, window.output_width) > 0.6 &&
         used_by_tiles(window.height, window.width) > 0.6;
}

}  // namespace

Convolution::Plan::Plan(const Window& window, std::int64_t filters, std::int64_t batch, bool with_bias, std::int64_t input_block)
    : input{batch, window.channels, window.height, window.width},
      weight{filters, window.channels, window.kernel_height, window.kernel_width},
      bias{filters},
      output{batch, filters, window.output_height, window.output_width},
      strides{window.stride_height, window.stride_width},
      before{window.top, window.left},
      after{window.bottom, window.right},
      input_layout(blocked(input, input_block)),
      has_bias(with_bias) {
  using dnnl::algorithm;
  choose_output_block();
  const memory::desc in = request(input_layout, input), out = request(output_layout, output);
  const auto plan_all = [&](algorithm how) {
    const ForwardPlan hint = forward_plan(how, in, out);
    plan_forward(hint);
    plan_backward_weights(how, hint);
    plan_backward_data(how, hint);
  };
  if (suits_winograd(window, filters)) {
    try {
      plan_all(algorithm::convolution_winograd);
      return;
    } catch (const dnnl::error&) {
      // This processor, or these sizes, have none.
    }
  }
  plan_all(algorithm::convolution_direct);
}

/// Blocks of as many channels as the direct algorithm likes best, if the filters fill them.
void Convolution::Plan::choose_output_block() {
  const memory::desc in = request(input_layout, input);
  const memory::desc liked = forward_plan(dnnl::algorithm::convolution_direct, in, free_choice(output)).dst_desc();
  for (const std::int64_t block : {16, 8}) {
    if (output[1] % block == 0 && liked == blocked(output, block)) output_block = block;
  }
  output_layout = blocked(output, output_block);
}

Convolution::Plan::ForwardPlan Convolution::Plan::forward_plan(dnnl::algorithm algorithm, const memory::desc& in,
                                                               const memory::desc& out) const {
  using dnnl::convolution_forward;
  const memory::desc weights = free_choice(weight);
  const auto kind = dnnl::prop_kind::forward_training;
  const auto description = has_bias
                               ? convolution_forward::desc(kind, algorithm, in, weights, plain(bias), out, strides, before, after)
                               : convolution_forward::desc(kind, algorithm, in, weights, out, strides, before, after);
  return {description, Port::scratchpad_by_us(), engine()};
}

void Convolution::Plan::plan_forward(const ForwardPlan& plan) {
  forward = {};
  forward.input = Port(input_layout, plan.src_desc(), Direction::in, forward.scratch);
  forward.weight = Port(plain(weight), plan.weights_desc(), Direction::in, forward.scratch);
  forward.bias = Port(plain(bias), plain(bias), Direction::in, forward.scratch);
  forward.output = Port(output_layout, plan.dst_desc(), Direction::out, forward.scratch);
  std::vector<std::pair<int, memory>> arguments{{DNNL_ARG_SRC, forward.input.inside()},
                                                {DNNL_ARG_WEIGHTS, forward.weight.inside()},
                                                {DNNL_ARG_DST, forward.output.inside()}};
  if (has_bias) arguments.emplace_back(DNNL_ARG_BIAS, forward.bias.inside());
  forward.operation = Operation(dnnl::convolution_forward(plan), plan.scratchpad_desc(), forward.scratch, arguments);
}

void Convolution::Plan::plan_backward_weights(dnnl::algorithm algorithm, const ForwardPlan& hint) {
  backward_weights = {};
  using dnnl::convolution_backward_weights;
  const memory::desc in = request(input_layout, input), weights = free_choice(weight), out = request(output_layout, output);
  const auto description =
      has_bias ? convolution_backward_weights::desc(algorithm, in, weights, plain(bias), out, strides, before, after)
               : convolution_backward_weights::desc(algorithm, in, weights, out, strides, before, after);
  const convolution_backward_weights::primitive_desc plan(description, Port::scratchpad_by_us(), engine(), hint);
  backward_weights.input = Port(input_layout, plan.src_desc(), Direction::in, backward_weights.scratch);
  backward_weights.output_gradient = Port(output_layout, plan.diff_dst_desc(), Direction::in, backward_weights.scratch);
  backward_weights.weight_gradient = Port(plain(weight), plan.diff_weights_desc(), Direction::out, backward_weights.scratch);
  backward_weights.bias_gradient = Port(plain(bias), plain(bias), Direction::out, backward_weights.scratch);
  std::vector<std::pair<int, memory>> arguments{{DNNL_ARG_SRC, backward_weights.input.inside()},
                                                {DNNL_ARG_DIFF_DST, backward_weights.output_gradient.inside()},
                                                {DNNL_ARG_DIFF_WEIGHTS, backward_weights.weight_gradient.inside()}};
  if (has_bias) arguments.emplace_back(DNNL_ARG_DIFF_BIAS, backward_weights.bias_gradient.inside());
  backward_weights.operation =
      Operation(convolution_backward_weights(plan), plan.scratchpad_desc(), backward_weights.scratch, arguments);
}

void Convolution::Plan::plan_backward_data(dnnl::algorithm algorithm, const ForwardPlan& hint) {
  backward_data = {};
  using dnnl::convolution_backward_data;
  const convolution_backward_data::desc description(algorithm, request(input_layout, input), free_choice(weight),
                                                    request(output_layout, output), strides, before, after);
  const convolution_backward_data::primitive_desc plan(description, Port::scratchpad_by_us(), engine(), hint);
  backward_data.output_gradient = Port(output_layout, plan.diff_dst_desc(), Direction::in, backward_data.scratch);
  backward_data.weight = Port(plain(weight), plan.weights_desc(), Direction::in, backward_data.scratch);
  backward_data.input_gradient = Port(input_layout, plan.diff_src_desc(), Direction::out, backward_data.scratch);
  backward_data.operation = Operation(convolution_backward_data(plan), plan.scratchpad_desc(), backward_data.scratch,
                                      {{DNNL_ARG_DIFF_DST, backward_data.output_gradient.inside()},
                                       {DNNL_ARG_WEIGHTS, backward_data.weight.inside()},
                                       {DNNL_ARG_DIFF_SRC, backward_data.input_gradient.inside()}});
}

Convolution::Convolution(const Window& window, std::int64_t filters, std::int64_t batch, bool bias, std::int64_t input_block)
    : plan_(std::make_unique<Plan>(window, filters, batch, bias, input_block)) {}
Convolution::~Convolution() = default;

std::int64_t Convolution::output_block() const { return plan_->output_block; }
std::size_t Convolution::forward_scratch() const { return plan_->forward.scratch.bytes(); }
std::size_t Convolution::backward_scratch() const {
  return std::max(plan_->backward_weights.scratch.bytes(), plan_->backward_data.scratch.bytes());
}

void Convolution::forward(const float* input, const float* weight, const float* bias, float* output, std::byte* scratch) {
  auto& part = plan_->forward;
  part.scratch.bind(scratch);
  part.input.bind(input);
  part.weight.bind(weight);
  if (plan_->has_bias) part.bias.bind(bias);
  part.output.bind(output);
  part.input.move(plan_->stream);
  part.weight.move(plan_->stream);
  part.operation.run(plan_->stream);
  part.output.move(plan_->stream);
}

void Convolution::backward_weights(const float* input, const float* output_gradient, float* weight_gradient, float* bias_gradient,
                                   std::byte* scratch) {
  auto& part = plan_->backward_weights;
  part.scratch.bind(scratch);
  part.input.bind(input);
  part.output_gradient.bind(output_gradient);
  part.weight_gradient.bind(weight_gradient);
  if (plan_->has_bias) part.bias_gradient.bind(bias_gradient);
  part.input.move(plan_->stream);
  part.output_gradient.move(plan_->stream);
  part.operation.run(plan_->stream);
  part.weight_gradient.move(plan_->stream);
}

void Convolution::backward_data(const float* output_gradient, const float* weight, float* input_gradient, std::byte* scratch) {
  auto& part = plan_->backward_data;
  part.scratch.bind(scratch);
  part.output_gradient.bind(output_gradient);
  part.weight.bind(weight);
  part.input_gradient.bind(input_gradient);
  part.output_gradient.move(plan_->stream);
  part.weight.move(plan_->stream);
  part.operation.run(plan_->stream);
  part.input_gradient.move(plan_->stream);
}

}  // namespace treino::nn
