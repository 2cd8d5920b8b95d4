#include "nn/convolution.hpp"

#include <algorithm>
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

/// What the parts of one call keep in the memory lent to them, one behind the other.
class Scratch {
 public:
  void take(const memory& part) {
    parts_.emplace_back(part, bytes_);
    bytes_ += (part.get_desc().get_size() + 63) / 64 * 64;
  }
  std::size_t bytes() const { return bytes_; }
  void bind(std::byte* base) {
    if (base == base_) return;
    for (auto& [part, offset] : parts_) part.set_data_handle(base + offset);
    base_ = base;
  }

 private:
  std::vector<std::pair<memory, std::size_t>> parts_;
  std::size_t bytes_ = 0;
  std::byte* base_ = nullptr;
};

/// A primitive with its arguments in the form that oneDNN's C interface takes: the C++ one makes a map at every run.
class Operation {
 public:
  Operation() = default;
  Operation(dnnl::primitive primitive, const memory::desc& scratchpad, Scratch& scratch,
            std::vector<std::pair<int, memory>> arguments)
      : primitive_(std::move(primitive)), arguments_(std::move(arguments)) {
    arguments_.emplace_back(DNNL_ARG_SCRATCHPAD, memory(scratchpad, engine(), nullptr));
    scratch.take(arguments_.back().second);
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

/// Of batch x channels x height x width, channels in blocks.
memory::desc blocked(const memory::dims& sizes, std::int64_t block) {
  if (block == 1) return plain(sizes);
  return {sizes, memory::data_type::f32, block == 16 ? memory::format_tag::nChw16c : memory::format_tag::nChw8c};
}

memory::desc free_choice(const memory::dims& sizes) { return {sizes, memory::data_type::f32, memory::format_tag::any}; }

/// One array as the caller has it, and as the primitive wants it: the same memory where both layouts are one.
class Port {
 public:
  enum class Direction { in, out };

  Port() = default;
  Port(const memory::desc& ours, const memory::desc& wanted, Direction direction, Scratch& scratch)
      : outside_(ours, engine(), nullptr) {
    if (ours == wanted) {
      inside_ = outside_;
      return;
    }
    inside_ = memory(wanted, engine(), nullptr);
    scratch.take(inside_);
    const memory &from = direction == Direction::in ? outside_ : inside_, &to = direction == Direction::in ? inside_ : outside_;
    const dnnl::reorder::primitive_desc plan(engine(), from.get_desc(), engine(), to.get_desc(), scratchpad_by_us());
    reorder_ = Operation(dnnl::reorder(plan), plan.scratchpad_desc(), scratch, {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}});
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
