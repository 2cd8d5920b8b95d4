// Trying algorithms and layouts in the order in which they are known to be fast.
#include "nn/onednn/convolution_plan.hpp"

#include <stdexcept>
#include <string>

namespace treino::nn {

using namespace onednn;
using dnnl::algorithm;
using dnnl::convolution_backward_data;
using dnnl::convolution_backward_weights;
using dnnl::convolution_forward;

namespace {

/// Share of the tiles of 4x4 outputs that Winograd's algorithm computes and somebody wants.
double used_by_tiles(std::int64_t height, std::int64_t width) {
  const std::int64_t computed = (height + 3) / 4 * 4 * ((width + 3) / 4 * 4);
  return static_cast<double>(height * width) / static_cast<double>(computed);
}

bool suits_winograd(const Window& window, std::int64_t filters) {
  return window.kernel_height == 3 && window.kernel_width == 3 && window.stride_height == 1 && window.stride_width == 1 &&
         window.dilation_height == 1 && window.dilation_width == 1 && window.groups == 1 && window.channels % 16 == 0 &&
         filters % 16 == 0 && used_by_tiles(window.output_height, window.output_width) > 0.6 &&
         used_by_tiles(window.height, window.width) > 0.6;
}

/// Winograd's sums for the weights, 36 for each pair of channels, stay in the second-level cache. Beyond, a direct sum takes as little
/// as a third of the time: measured with AVX2, where 128 x 128 is about even, and 192 x 192 1.8 times as slow.
bool holds_weight_sums(const Window& window, std::int64_t filters) { return window.channels * filters <= 128 * 192; }

/// oneDNN has a dimension more where there are groups.
memory::dims weight_sizes(const Window& window, std::int64_t filters) {
  const memory::dims of_group{filters / window.groups, window.channels / window.groups, window.kernel_height,
                              window.kernel_width};
  if (window.groups == 1) return of_group;
  memory::dims all{window.groups};
  all.insert(all.end(), of_group.begin(), of_group.end());
  return all;
}

}  // namespace

Convolution::Plan::Plan(const Window& window, std::int64_t filters, std::int64_t batch, bool with_bias, std::int64_t input_block,
                        bool plain_output)
    : sizes{{batch, window.channels, window.height, window.width},
            weight_sizes(window, filters),
            {filters},
            {batch, filters, window.output_height, window.output_width},
            {window.stride_height, window.stride_width},
            {window.dilation_height - 1, window.dilation_width - 1},
            {window.top, window.left},
            {window.bottom, window.right}},
      ours{blocked(sizes.input, input_block), plain(sizes.output)},
      has_bias(with_bias),
      grouped(window.groups > 1),
      single(window.kernel_height * window.kernel_width == 1),
      product(is_product(window)) {
  if (!plain_output) choose_output_block();
  if (suits_winograd(window, filters)) {
    const bool ours_can = input_block > 1 && output_block > 1 && Winograd::can_run(window, filters, input_block, output_block);
    if (ours_can && !forward_plan(algorithm::convolution_winograd, ours)) {
      winograd.emplace(window, filters, batch, input_block, output_block);
      winograd_for_weights = holds_weight_sums(window, filters);
      if (!winograd_for_weights) plan_backward_weights();
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
                                      bias_layout(), layouts.output, sizes.strides, sizes.dilations, sizes.before, sizes.after);
}

convolution_backward_weights::primitive_desc Convolution::Plan::weights_plan(algorithm how, const Layouts& layouts) const {
  const ForwardPlan forward_of_it = forward_plan(how, layouts);
  if (!forward_of_it) return {};
  return backward_plan_of<convolution_backward_weights>(forward_of_it, how, layouts.input, free_choice(sizes.weight),
                                                        bias_layout(), layouts.output, sizes.strides, sizes.dilations,
                                                        sizes.before, sizes.after);
}

convolution_backward_data::primitive_desc Convolution::Plan::data_plan(algorithm how, const Layouts& layouts) const {
  const ForwardPlan forward_of_it = forward_plan(how, layouts);
  if (!forward_of_it) return {};
  return backward_plan_of<convolution_backward_data>(forward_of_it, how, layouts.input, free_choice(sizes.weight), layouts.output,
                                                     sizes.strides, sizes.dilations, sizes.before, sizes.after);
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
/// depends on sizes, threads and processor alone, not on measurements: a run that is resumed computes the same, bit for bit. Throws
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
  // write past the end of their memory.
  const bool part_of_block = sizes.input[1] > 3 && sizes.input[1] < 16 && !single && !grouped;
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
  if (sizes.input[1] < (single ? 8 : 4) || is_plain_product()) layouts.insert(layouts.begin(), plain_layouts());
  const auto plan = best(layouts, [this](algorithm how, const Layouts& each) { return data_plan(how, each); });
  backward_data.add(DNNL_ARG_DIFF_DST, ours.output, plan.diff_dst_desc(), Port::Direction::in);
  backward_data.add(DNNL_ARG_WEIGHTS, plain(sizes.weight), plan.weights_desc(), Port::Direction::in);
  backward_data.add(DNNL_ARG_DIFF_SRC, ours.input, plan.diff_src_desc(), Port::Direction::out);
  backward_data.complete<convolution_backward_data>(plan);
}

}  // namespace treino::nn
