#include "nn/onednn/convolution.hpp"

#include <algorithm>
#include <deque>
#include <initializer_list>
#include <optional>

#include "nn/onednn/onednn.hpp"
#include "nn/onednn/taken_places.hpp"
#include "nn/kernels/winograd.hpp"

namespace treino::nn {

using namespace onednn;

namespace {

using dnnl::algorithm;
using dnnl::convolution_backward_data;
using dnnl::convolution_backward_weights;
using dnnl::convolution_forward;

struct Sizes {
  memory::dims input, weight, bias, output, strides, before, after;
};

/// How the images of a pass lie: as the network has them, or as oneDNN computes with them.
struct Layouts {
  memory::desc input, output;
};

/// One of forward, backward_weights and backward_data: the arrays it takes and gives, and the primitive between them.
class Pass {
 public:
  void add(int argument, const memory::desc& ours, const memory::desc& wanted, Port::Direction direction) {
    ports_.emplace_back(ours, wanted, direction, scratch_);
    arguments_.emplace_back(argument, ports_.back().inside());
  }
  template <class Primitive>
  void complete(const typename Primitive::primitive_desc& plan) {
    implementation_ = plan.impl_info_str();
    operation_ = Operation(Primitive(plan), plan.scratchpad_desc(), scratch_, arguments_);
  }

  std::size_t scratch() const { return scratch_.bytes(); }

  void report(std::vector<std::string>& implementations) const {
    implementations.push_back(implementation_);
    for (const Port& port : ports_) {
      if (!port.implementation().empty()) implementations.push_back(port.implementation());
    }
  }

  /// data: in the order in which the arrays were added; what is behind them is not looked at.
  void run(std::initializer_list<const float*> data, std::byte* scratch) {
    scratch_.bind(scratch);
    for (std::size_t i = 0; i < ports_.size(); ++i) ports_[i].bind(data.begin()[i]);
    for (Port& port : ports_) {
      if (!port.is_output()) port.move(stream_);
    }
    operation_.run(stream_);
    for (Port& port : ports_) {
      if (port.is_output()) port.move(stream_);
    }
  }

 private:
  Scratch scratch_;
  std::deque<Port> ports_;
  std::vector<std::pair<int, memory>> arguments_;
  Operation operation_;
  std::string implementation_;
  dnnl::stream stream_{engine()};
};

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

struct Convolution::Plan {
  Plan(const Window& window, std::int64_t filters, std::int64_t batch, bool with_bias, std::int64_t input_block);

  std::int64_t output_block = 1;
  std::optional<Winograd> winograd;  // in place of all passes
  Pass forward, backward_weights, backward_data;
  std::optional<TakenPlaces> places;  // what the passes have for an input, where not the input itself

  /// Where the passes' own memory begins; before it lies what was taken of the input.
  std::size_t scratch_offset() const { return places ? places->size() * sizeof(float) : 0; }
  const float* input_of(const float* input, std::byte* scratch) const {
    if (!places) return input;
    auto* taken = reinterpret_cast<float*>(scratch);
    places->take(input, taken);
    return taken;
  }

 private:
  using ForwardPlan = convolution_forward::primitive_desc;
  ForwardPlan forward_plan(algorithm how, const Layouts& layouts) const;
  convolution_backward_weights::primitive_desc weights_plan(algorithm how, const Layouts& layouts) const;
  convolution_backward_data::primitive_desc data_plan(algorithm how, const Layouts& layouts) const;
  Layouts plain_layouts() const { return {plain(sizes.input), plain(sizes.output)}; }
  std::vector<Layouts> candidates() const;
  template <class MakePlan>
  auto best(const std::vector<Layouts>& layouts, MakePlan make) const;
  /// A matrix product of images as they lie takes less time than moving them.
  bool is_plain_product() const { return product && ours.input == plain(sizes.input) && ours.output == plain(sizes.output); }
  void choose_output_block();
  void plan_forward();
  void plan_backward_weights();
  void plan_backward_data();
  memory::desc bias_layout() const { return has_bias ? plain(sizes.bias) : memory::desc(); }

  Sizes sizes;
  Layouts ours;
  bool has_bias, product;
  std::vector<algorithm> algorithms{algorithm::convolution_direct};  // in order of preference
};

Convolution::Plan::Plan(const Window& window, std::int64_t filters, std::int64_t batch, bool with_bias, std::int64_t input_block)
    : sizes{{batch, window.channels, window.height, window.width},
            {filters, window.channels, window.kernel_height, window.kernel_width},
            {filters},
            {batch, filters, window.output_height, window.output_width},
            {window.stride_height, window.stride_width},
            {window.top, window.left},
            {window.bottom, window.right}},
      ours{blocked(sizes.input, input_block), plain(sizes.output)},
      has_bias(with_bias),
      product(is_product(window)) {
  choose_output_block();
  if (suits_winograd(window, filters)) {
    const bool ours_can = input_block > 1 && output_block > 1 && Winograd::can_run(window, filters, input_block, output_block);
    if (ours_can && !forward_plan(algorithm::convolution_winograd, ours)) {
      winograd.emplace(window, filters, batch, input_block, output_block);
      return;
    }
    algorithms.insert(algorithms.begin(), algorithm::convolution_winograd);
  }
  plan_forward();
  plan_backward_weights();
  plan_backward_data();
}

/// Blocks of as many channels as the direct algorithm likes best, if the filters fill them.
void Convolution::Plan::choose_output_block() {
  const memory::desc input = ours.input == plain(sizes.input) ? free_choice(sizes.input) : ours.input;
  const ForwardPlan plan = forward_plan(algorithm::convolution_direct, {input, free_choice(sizes.output)});
  if (!plan) return;
  for (const std::int64_t block : {16, 8}) {
    if (sizes.output[1] % block == 0 && plan.dst_desc() == blocked(sizes.output, block)) output_block = block;
  }
  ours.output = blocked(sizes.output, output_block);
}

Convolution::Plan::ForwardPlan Convolution::Plan::forward_plan(algorithm how, const Layouts& layouts) const {
  return plan_of<convolution_forward>(dnnl::prop_kind::forward_training, how, layouts.input, free_choice(sizes.weight),
                                      bias_layout(), layouts.output, sizes.strides, sizes.before, sizes.after);
}

convolution_backward_weights::primitive_desc Convolution::Plan::weights_plan(algorithm how, const Layouts& layouts) const {
  const ForwardPlan forward_of_it = forward_plan(how, layouts);
  if (!forward_of_it) return {};
  return backward_plan_of<convolution_backward_weights>(forward_of_it, how, layouts.input, free_choice(sizes.weight),
                                                        bias_layout(), layouts.output, sizes.strides, sizes.before, sizes.after);
}

convolution_backward_data::primitive_desc Convolution::Plan::data_plan(algorithm how, const Layouts& layouts) const {
  const ForwardPlan forward_of_it = forward_plan(how, layouts);
  if (!forward_of_it) return {};
  return backward_plan_of<convolution_backward_data>(forward_of_it, how, layouts.input, free_choice(sizes.weight), layouts.output,
                                                     sizes.strides, sizes.before, sizes.after);
}

/// Layouts to try in turn. First as the network has the images, so that none are moved; plain ones may be moved anyway: into
/// blocks, that pays. Then with one side or both in what oneDNN likes, in blocks, and plain.
std::vector<Layouts> Convolution::Plan::candidates() const {
  const memory::desc any_input = free_choice(sizes.input), any_output = free_choice(sizes.output);
  const memory::desc input = ours.input == plain(sizes.input) ? any_input : ours.input;
  const memory::desc output = ours.output == plain(sizes.output) ? any_output : ours.output;
  std::vector<Layouts> all{{input, output}, {any_input, output}, {input, any_output}, {any_input, any_output}};
  if (has_avx512()) all.push_back({blocked(sizes.input, 16), blocked(sizes.output, 16)});
  all.push_back({blocked(sizes.input, 8), blocked(sizes.output, 8)});
  all.push_back(plain_layouts());
  return all;
}

/// The first plan that is not slow, of all algorithms and layouts; what is slow only where there is nothing else. The choice
/// depends on sizes, threads and processor alone, not on measurements: a run that is resumed computes the same bits. Throws
/// std::runtime_error where there is no plan at all.
template <class MakePlan>
auto Convolution::Plan::best(const std::vector<Layouts>& layouts, MakePlan make) const {
  decltype(make(algorithm::convolution_direct, ours)) slow;
  for (const algorithm how : algorithms) {
    for (const Layouts& each : layouts) {
      auto plan = make(how, each);
      if (!plan) continue;
      const std::string implementation = plan.impl_info_str();
      if (!is_slow(implementation)) return plan;
      if (!slow || is_reference(slow.impl_info_str())) slow = plan;
    }
  }
  if (!slow) throw std::runtime_error("oneDNN has no way to compute a convolution of these sizes");
  return slow;
}

void Convolution::Plan::plan_forward() {
  std::vector<Layouts> layouts = candidates();
  // With AVX2, products of oneDNN 3.7 over less than 4 channels take up to 12 times as long as with more.
  if (is_plain_product() && (sizes.input[1] > 3 || has_avx512())) layouts.insert(layouts.begin(), plain_layouts());
  const auto plan = best(layouts, [this](algorithm how, const Layouts& each) { return forward_plan(how, each); });
  forward.add(DNNL_ARG_SRC, ours.input, plan.src_desc(), Port::Direction::in);
  forward.add(DNNL_ARG_WEIGHTS, plain(sizes.weight), plan.weights_desc(), Port::Direction::in);
  forward.add(DNNL_ARG_DST, ours.output, plan.dst_desc(), Port::Direction::out);
  if (has_bias) forward.add(DNNL_ARG_BIAS, plain(sizes.bias), plain(sizes.bias), Port::Direction::in);
  forward.complete<convolution_forward>(plan);
}

void Convolution::Plan::plan_backward_weights() {
  std::vector<Layouts> layouts = candidates();
  // The kernels in blocks of 8 compute eight channels where there is one: 4 times as slow as a matrix product.
  const bool single_channel = sizes.input[1] == 1 && !has_avx512();
  if (single_channel || is_plain_product()) layouts.insert(layouts.begin(), plain_layouts());
  // With AVX-512, those that oneDNN prefers for less than a block of channels are AVX2's. Not for 1x1, where those of oneDNN 3.7
  // write behind the end of their memory.
  const bool part_of_block = sizes.input[1] > 3 && sizes.input[1] < 16 && sizes.weight[2] * sizes.weight[3] > 1;
  if (part_of_block && has_avx512()) layouts.insert(layouts.begin(), {channels_last(sizes.input), channels_last(sizes.output)});
  const auto plan = best(layouts, [this](algorithm how, const Layouts& each) { return weights_plan(how, each); });
  backward_weights.add(DNNL_ARG_SRC, ours.input, plan.src_desc(), Port::Direction::in);
  backward_weights.add(DNNL_ARG_DIFF_DST, ours.output, plan.diff_dst_desc(), Port::Direction::in);
  backward_weights.add(DNNL_ARG_DIFF_WEIGHTS, plain(sizes.weight), plan.diff_weights_desc(), Port::Direction::out);
  if (has_bias) backward_weights.add(DNNL_ARG_DIFF_BIAS, plain(sizes.bias), plain(sizes.bias), Port::Direction::out);
  backward_weights.complete<convolution_backward_weights>(plan);
}

void Convolution::Plan::plan_backward_data() {
  std::vector<Layouts> layouts = candidates();
  // All kernels in blocks compute 8 or 16 channels where there are few: up to 5 times as slow as a matrix product.
  const bool single = sizes.weight[2] * sizes.weight[3] == 1;
  if (sizes.input[1] < (single ? 8 : 4) || is_plain_product()) layouts.insert(layouts.begin(), plain_layouts());
  const auto plan = best(layouts, [this](algorithm how, const Layouts& each) { return data_plan(how, each); });
  backward_data.add(DNNL_ARG_DIFF_DST, ours.output, plan.diff_dst_desc(), Port::Direction::in);
  backward_data.add(DNNL_ARG_WEIGHTS, plain(sizes.weight), plan.weights_desc(), Port::Direction::in);
  backward_data.add(DNNL_ARG_DIFF_SRC, ours.input, plan.diff_src_desc(), Port::Direction::out);
  backward_data.complete<convolution_backward_data>(plan);
}

Convolution::Convolution(const Window& window, std::int64_t filters, std::int64_t batch, bool bias, std::int64_t input_block) {
  std::optional<TakenPlaces> places;
  if (TakenPlaces::worth_it(window, input_block)) places.emplace(window, batch);
  plan_ = std::make_unique<Plan>(places ? places->window() : window, filters, batch, bias, input_block);
  plan_->places = places;
}
Convolution::~Convolution() = default;

std::int64_t Convolution::output_block() const { return plan_->output_block; }
std::size_t Convolution::forward_scratch() const {
  return plan_->winograd ? plan_->winograd->scratch() : plan_->scratch_offset() + plan_->forward.scratch();
}
std::size_t Convolution::backward_scratch() const {
  if (plan_->winograd) return plan_->winograd->scratch();
  return plan_->scratch_offset() + std::max(plan_->backward_weights.scratch(), plan_->backward_data.scratch());
}

Convolution::Implementations Convolution::implementations() const {
  if (plan_->winograd) return {{"winograd"}, {"winograd"}, {"winograd"}};
  Implementations all;
  plan_->forward.report(all.forward);
  plan_->backward_weights.report(all.backward_weights);
  plan_->backward_data.report(all.backward_data);
  return all;
}

void Convolution::forward(const float* input, const float* weight, const float* bias, float* output, std::byte* scratch) {
  if (plan_->winograd) return plan_->winograd->forward(input, weight, bias, output, scratch);
  plan_->forward.run({plan_->input_of(input, scratch), weight, output, bias}, scratch + plan_->scratch_offset());
}

void Convolution::backward_weights(const float* input, const float* output_gradient, float* weight_gradient, float* bias_gradient,
                                   std::byte* scratch) {
  if (plan_->winograd) return plan_->winograd->backward_weights(input, output_gradient, weight_gradient, bias_gradient, scratch);
  plan_->backward_weights.run({plan_->input_of(input, scratch), output_gradient, weight_gradient, bias_gradient},
                              scratch + plan_->scratch_offset());
}

void Convolution::backward_data(const float* output_gradient, const float* weight, float* input_gradient, std::byte* scratch) {
  if (plan_->winograd) return plan_->winograd->backward_data(output_gradient, weight, input_gradient, scratch);
  if (!plan_->places) return plan_->backward_data.run({output_gradient, weight, input_gradient}, scratch);
  auto* taken = reinterpret_cast<float*>(scratch);
  plan_->backward_data.run({output_gradient, weight, taken}, scratch + plan_->scratch_offset());
  plan_->places->restore(taken, input_gradient);
}

}  // namespace treino::nn
