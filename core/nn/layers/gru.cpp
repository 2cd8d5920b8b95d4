// Gated recurrent unit: an output that is part the old one, part a candidate. Gates are those of PyTorch's GRU, in its order: reset,
// update, candidate; the reset gate works on what the weights have made of the old output (Keras's reset_after). Cho et al., EMNLP 2014.
#include "nn/kernels/kernels.hpp"
#include "nn/layers/parameter_texts.hpp"
#include "nn/layers/recurrent.hpp"

namespace treino::nn {
namespace {

void gru_forward(const CellStep& step) {
  const std::int64_t units = step.units;
  for (std::int64_t n = 0; n < step.samples; ++n) {
    float *reset = step.input_sums + n * 3 * units, *update = reset + units, *candidate = reset + 2 * units;
    float *sums = step.recurrent_sums + n * 3 * units, *hidden = step.hidden + n * units;
    for (std::int64_t i = 0; i < 2 * units; ++i) sums[i] += reset[i];
    kernels().sigmoid.value(sums, reset, 2 * units, 0);
    // The candidate's own recurrent sum stays where it is: backward needs it.
    for (std::int64_t i = 0; i < units; ++i) sums[i] = candidate[i] + reset[i] * sums[2 * units + i];
    kernels().tanh.value(sums, candidate, units, 0);
    for (std::int64_t i = 0; i < units; ++i) hidden[i] = (1 - update[i]) * candidate[i];
    if (const float* before = step.hidden_before; before != nullptr)
      for (std::int64_t i = 0; i < units; ++i) hidden[i] += update[i] * before[n * units + i];
  }
}

void gru_backward(const CellStep& step, const CellGradients& gradients) {
  const std::int64_t units = step.units;
  for (std::int64_t n = 0; n < step.samples; ++n) {
    float *reset = step.input_sums + n * 3 * units, *update = reset + units, *candidate = reset + 2 * units;
    float *sums = step.recurrent_sums + n * 3 * units, *of_hidden = gradients.hidden + n * units;
    for (std::int64_t i = 0; i < units; ++i) {
      const float before = step.hidden_before == nullptr ? 0 : step.hidden_before[n * units + i];
      const float r = reset[i], z = update[i], c = candidate[i], gradient = of_hidden[i];
      const float of_candidate = gradient * (1 - z) * (1 - c * c);
      candidate[i] = of_candidate;
      reset[i] = sums[i] = of_candidate * sums[2 * units + i] * r * (1 - r);
      update[i] = sums[units + i] = gradient * (before - c) * z * (1 - z);
      sums[2 * units + i] = of_candidate * r;
      of_hidden[i] = gradient * z;
    }
  }
}

constexpr Cell gru_cell{
    .gates = 3, .has_state = false, .separate_sums = true, .unit_flops = 17, .forward = gru_forward, .backward = gru_backward};

}  // namespace

extern const LayerType gru_layer{
    .id = "gru",
    .description =
        "summary = \"gated recurrent unit over a sequence, length x features\"\n" TREINO_RECURRENT_TOML TREINO_MASK_TOML,
    .shape = [](const ShapeContext& at) { return recurrent_shape(at, gru_cell); },
    .flops = [](const LayerSpec& spec, const Shape& input,
                const Shape& output) { return recurrent_flops(spec, input, output, gru_cell); },
    .make = [](const LayerContext& context) { return make_recurrent(context, gru_cell); },
    .most_inputs = 2,
};

}  // namespace treino::nn
