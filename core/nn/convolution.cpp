#include "nn/convolution.hpp"

#include <dnnl.hpp>
#include <stdexcept>
#include <vector>

namespace treino::nn {
namespace {

using dnnl::memory;

dnnl::engine& engine() {
  static dnnl::engine cpu(dnnl::engine::kind::cpu, 0);
  return cpu;
}

/// A primitive with its arguments in the form that oneDNN's C interface takes: the C++ one makes a map at every run.
class Operation {
 public:
  Operation() = default;
  Operation(dnnl::primitive primitive, std::vector<std::pair<int, memory>> arguments)
      : primitive_(std::move(primitive)), arguments_(std::move(arguments)) {
    for (auto& [name, value] : arguments_) raw_.push_back({name, value.get()});
  }
  void run(const dnnl::stream& stream) {
    const dnnl_status_t status =
        dnnl_primitive_execute(primitive_.get(), stream.get(), static_cast<int>(raw_.size()), raw_.data());
    if (status != dnnl_success) throw std::runtime_error("oneDNN failed to run a convolution");
  }

 private:
  dnnl::primitive primitive_;
  std::vector<std::pair<int, memory>> arguments_;
  std::vector<dnnl_exec_arg_t> raw_;
};

memory::desc plain(const memory::dims& sizes) {
  static constexpr memory::format_tag tags[] = {memory::format_tag::a, memory::format_tag::ab, memory::format_tag::abc,
                                                memory::format_tag::abcd};
  return {sizes, memory::data_type::f32, tags[sizes.size() - 1]};
}

memory::desc free_choice(const memory::dims& sizes) { return {sizes, memory::data_type::f32, memory::format_tag::any}; }

/// One array as the caller has it, and as the primitive wants it: the same memory where both layouts are one.
class Port {
 public:
  enum class Direction { in, out };

  Port() = default;
  Port(const memory::desc& ours, const memory::desc& wanted, Direction direction) : outside_(ours, engine(), nullptr) {
    if (ours == wanted) {
      inside_ = outside_;
      return;
    }
    inside_ = memory(wanted, engine());
    const memory &from = direction == Direction::in ? outside_ : inside_, &to = direction == Direction::in ? inside_ : outside_;
    const dnnl::reorder::primitive_desc plan(engine(), from.get_desc(), engine(), to.get_desc(), scratchpad_by_us());
    reorder_ =
        Operation(dnnl::reorder(plan),
                  {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}, {DNNL_ARG_SCRATCHPAD, memory(plan.scratchpad_desc(), engine())}});
    reorders_ = true;
  }

  static dnnl::primitive_attr scratchpad_by_us() {
    dnnl::primitive_attr attributes;
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    return attributes;
  }

  const memory& inside() const { return inside_; }

  /// Before the primitive runs. oneDNN takes no constant pointers; inputs are not written to.
  void bind(const float* data) { outside_.set_data_handle(const_cast<float*>(data)); }
  /// For inputs before the primitive runs, for outputs after.
  void move(const dnnl::stream& stream) {
    if (reorders_) reorder_.run(stream);
  }

 private:
  memory outside_, inside_;
  Operation reorder_;
  bool reorders_ = false;
};

}  // namespace

struct Convolution::Plan {
  Plan(const Window& window, std::int64_t filters, std::int64_t batch, bool with_bias);

  using Direction = Port::Direction;
  memory::dims input, weight, bias, output, strides, before, after;
  bool has_bias;
  dnnl::stream stream{engine()};

  struct Forward {
    Port input, weight, bias, output;
    Operation operation;
  } forward;
  struct BackwardWeights {
    Port input, output_gradient, weight_gradient, bias_gradient;
    Operation operation;
  } backward_weights;
  struct BackwardData {
    Port output_gradient, weight, input_gradient;
    Operation operation;
  } backward_data;

 private:
  dnnl::convolution_forward::primitive_desc plan_forward();
  void plan_backward_weights(const dnnl::convolution_forward::primitive_desc& hint);
  void plan_backward_data(const dnnl::convolution_forward::primitive_desc& hint);
  memory scratchpad(const dnnl::primitive_desc& plan) const { return {plan.scratchpad_desc(), engine()}; }
};

Convolution::Plan::Plan(const Window& window, std::int64_t filters, std::int64_t batch, bool with_bias)
    : input{batch, window.channels, window.height, window.width},
      weight{filters, window.channels, window.kernel_height, window.kernel_width},
      bias{filters},
      output{batch, filters, window.output_height, window.output_width},
      strides{window.stride_height, window.stride_width},
      before{window.top, window.left},
      after{window.bottom, window.right},
      has_bias(with_bias) {
  const auto hint = plan_forward();
  plan_backward_weights(hint);
  plan_backward_data(hint);
}

dnnl::convolution_forward::primitive_desc Convolution::Plan::plan_forward() {
  using dnnl::convolution_forward;
  const memory::desc in = free_choice(input), weights = free_choice(weight), out = free_choice(output);
  const auto description = has_bias
                               ? convolution_forward::desc(dnnl::prop_kind::forward_training, dnnl::algorithm::convolution_direct,
                                                           in, weights, plain(bias), out, strides, before, after)
                               : convolution_forward::desc(dnnl::prop_kind::forward_training, dnnl::algorithm::convolution_direct,
                                                           in, weights, out, strides, before, after);
  const convolution_forward::primitive_desc plan(description, Port::scratchpad_by_us(), engine());
  forward.input = Port(plain(input), plan.src_desc(), Direction::in);
  forward.weight = Port(plain(weight), plan.weights_desc(), Direction::in);
  forward.bias = Port(plain(bias), plain(bias), Direction::in);
  forward.output = Port(plain(output), plan.dst_desc(), Direction::out);
  std::vector<std::pair<int, memory>> arguments{{DNNL_ARG_SRC, forward.input.inside()},
                                                {DNNL_ARG_WEIGHTS, forward.weight.inside()},
                                                {DNNL_ARG_DST, forward.output.inside()},
                                                {DNNL_ARG_SCRATCHPAD, scratchpad(plan)}};
  if (has_bias) arguments.emplace_back(DNNL_ARG_BIAS, forward.bias.inside());
  forward.operation = Operation(convolution_forward(plan), arguments);
  return plan;
}

void Convolution::Plan::plan_backward_weights(const dnnl::convolution_forward::primitive_desc& hint) {
  using dnnl::convolution_backward_weights;
  const memory::desc in = free_choice(input), weights = free_choice(weight), out = free_choice(output);
  const auto description = has_bias ? convolution_backward_weights::desc(dnnl::algorithm::convolution_direct, in, weights,
                                                                         plain(bias), out, strides, before, after)
                                    : convolution_backward_weights::desc(dnnl::algorithm::convolution_direct, in, weights, out,
                                                                         strides, before, after);
  const convolution_backward_weights::primitive_desc plan(description, Port::scratchpad_by_us(), engine(), hint);
  backward_weights.input = Port(plain(input), plan.src_desc(), Direction::in);
  backward_weights.output_gradient = Port(plain(output), plan.diff_dst_desc(), Direction::in);
  backward_weights.weight_gradient = Port(plain(weight), plan.diff_weights_desc(), Direction::out);
  backward_weights.bias_gradient = Port(plain(bias), plain(bias), Direction::out);
  std::vector<std::pair<int, memory>> arguments{{DNNL_ARG_SRC, backward_weights.input.inside()},
                                                {DNNL_ARG_DIFF_DST, backward_weights.output_gradient.inside()},
                                                {DNNL_ARG_DIFF_WEIGHTS, backward_weights.weight_gradient.inside()},
                                                {DNNL_ARG_SCRATCHPAD, scratchpad(plan)}};
  if (has_bias) arguments.emplace_back(DNNL_ARG_DIFF_BIAS, backward_weights.bias_gradient.inside());
  backward_weights.operation = Operation(convolution_backward_weights(plan), arguments);
}

void Convolution::Plan::plan_backward_data(const dnnl::convolution_forward::primitive_desc& hint) {
  using dnnl::convolution_backward_data;
  const convolution_backward_data::desc description(dnnl::algorithm::convolution_direct, free_choice(input), free_choice(weight),
                                                    free_choice(output), strides, before, after);
  const convolution_backward_data::primitive_desc plan(description, Port::scratchpad_by_us(), engine(), hint);
  backward_data.output_gradient = Port(plain(output), plan.diff_dst_desc(), Direction::in);
  backward_data.weight = Port(plain(weight), plan.weights_desc(), Direction::in);
  backward_data.input_gradient = Port(plain(input), plan.diff_src_desc(), Direction::out);
  backward_data.operation =
      Operation(convolution_backward_data(plan), {{DNNL_ARG_DIFF_DST, backward_data.output_gradient.inside()},
                                                  {DNNL_ARG_WEIGHTS, backward_data.weight.inside()},
                                                  {DNNL_ARG_DIFF_SRC, backward_data.input_gradient.inside()},
                                                  {DNNL_ARG_SCRATCHPAD, scratchpad(plan)}});
}

Convolution::Convolution(const Window& window, std::int64_t filters, std::int64_t batch, bool bias)
    : plan_(std::make_unique<Plan>(window, filters, batch, bias)) {}
Convolution::~Convolution() = default;

void Convolution::forward(const float* input, const float* weight, const float* bias, float* output) {
  auto& part = plan_->forward;
  part.input.bind(input);
  part.weight.bind(weight);
  if (plan_->has_bias) part.bias.bind(bias);
  part.output.bind(output);
  part.input.move(plan_->stream);
  part.weight.move(plan_->stream);
  part.operation.run(plan_->stream);
  part.output.move(plan_->stream);
}

void Convolution::backward_weights(const float* input, const float* output_gradient, float* weight_gradient,
                                   float* bias_gradient) {
  auto& part = plan_->backward_weights;
  part.input.bind(input);
  part.output_gradient.bind(output_gradient);
  part.weight_gradient.bind(weight_gradient);
  if (plan_->has_bias) part.bias_gradient.bind(bias_gradient);
  part.input.move(plan_->stream);
  part.output_gradient.move(plan_->stream);
  part.operation.run(plan_->stream);
  part.weight_gradient.move(plan_->stream);
}

void Convolution::backward_data(const float* output_gradient, const float* weight, float* input_gradient) {
  auto& part = plan_->backward_data;
  part.output_gradient.bind(output_gradient);
  part.weight.bind(weight);
  part.input_gradient.bind(input_gradient);
  part.output_gradient.move(plan_->stream);
  part.weight.move(plan_->stream);
  part.operation.run(plan_->stream);
  part.input_gradient.move(plan_->stream);
}

}  // namespace treino::nn
