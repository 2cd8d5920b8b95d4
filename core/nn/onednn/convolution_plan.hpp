// How a convolution is computed: which algorithm, and in which layouts. Chosen by sizes, threads and processor alone.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "nn/kernels/winograd.hpp"
#include "nn/onednn/convolution.hpp"
#include "nn/onednn/convolution_pass.hpp"
#include "nn/onednn/taken_places.hpp"

namespace treino::nn {

namespace onednn {

struct Sizes {
  memory::dims input, weight, bias, output, strides, dilations, before, after;
};

/// How the images of a pass lie: as the network has them, or as oneDNN computes with them.
struct Layouts {
  memory::desc input, output;
};

}  // namespace onednn

struct Convolution::Plan {
  Plan(const Window& window, std::int64_t filters, std::int64_t batch, bool with_bias, std::int64_t input_block,
       bool plain_output);

  std::int64_t output_block = 1;
  std::optional<Winograd> winograd;  // in place of the passes, but for that of weights where it would be slower
  bool winograd_for_weights = false;
  onednn::ConvolutionPass forward, backward_weights, backward_data;
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
  using ForwardPlan = dnnl::convolution_forward::primitive_desc;
  ForwardPlan forward_plan(dnnl::algorithm how, const onednn::Layouts& layouts) const;
  dnnl::convolution_backward_weights::primitive_desc weights_plan(dnnl::algorithm how, const onednn::Layouts& layouts) const;
  dnnl::convolution_backward_data::primitive_desc data_plan(dnnl::algorithm how, const onednn::Layouts& layouts) const;
  onednn::Layouts plain_layouts() const { return {onednn::plain(sizes.input), onednn::plain(sizes.output)}; }
  std::vector<onednn::Layouts> candidates() const;
  template <class MakePlan>
  auto best(const std::vector<onednn::Layouts>& layouts, MakePlan make) const;
  /// A matrix product of images as they lie takes less time than moving them.
  bool is_plain_product() const {
    return product && ours.input == onednn::plain(sizes.input) && ours.output == onednn::plain(sizes.output);
  }
  void choose_output_block();
  void plan_forward();
  void plan_backward_weights();
  void plan_backward_data();
  dnnl::memory::desc bias_layout() const { return has_bias ? onednn::plain(sizes.bias) : dnnl::memory::desc(); }

  onednn::Sizes sizes;
  onednn::Layouts ours;
  bool has_bias, grouped, single, product;
  std::vector<dnnl::algorithm> algorithms{dnnl::algorithm::convolution_direct};  // in order of preference
};

}  // namespace treino::nn
