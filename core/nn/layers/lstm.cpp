// Long short-term memory: a state that gates let in, keep and let out, so that gradients last over many steps. Gates are those of
// PyTorch's LSTM, in its order: input, forget, candidate, output. Hochreiter & Schmidhuber, Neural Computation 9 (1997); the forget
// gate of Gers et al., 2000, begins open, with a bias of 1: Jozefowicz et al., ICML 2015.
#include <algorithm>

#include "nn/kernels/kernels.hpp"
#include "nn/layers/parameter_texts.hpp"
#include "nn/layers/recurrent.hpp"

namespace treino::nn {
namespace {

void lstm_forward(const CellStep& step) {
  const std::int64_t units = step.units;
  for (std::int64_t n = 0; n < step.samples; ++n) {
    float *gates = step.input_sums + n * 4 * units, *sums = step.recurrent_sums + n * 4 * units;
    for (std::int64_t i = 0; i < 4 * units; ++i) sums[i] += gates[i];
    kernels().sigmoid.value(sums, gates, 2 * units, 0);
    kernels().tanh.value(sums + 2 * units, gates + 2 * units, units, 0);
    kernels().sigmoid.value(sums + 3 * units, gates + 3 * units, units, 0);
    const float *in = gates, *forget = gates + units, *candidate = gates + 2 * units, *out = gates + 3 * units;
    float *state = step.state + n * units, *hidden = step.hidden + n * units;
    for (std::int64_t i = 0; i < units; ++i) state[i] = in[i] * candidate[i];
    if (const float* before = step.state_before; before != nullptr)
      for (std::int64_t i = 0; i < units; ++i) state[i] += forget[i] * before[n * units + i];
    kernels().tanh.value(state, hidden, units, 0);
    for (std::int64_t i = 0; i < units; ++i) hidden[i] *= out[i];
  }
}

void lstm_backward(const CellStep& step, const CellGradients& gradients) {
  const std::int64_t units = step.units;
  for (std::int64_t n = 0; n < step.samples; ++n) {
    float *in = step.input_sums + n * 4 * units, *forget = in + units, *candidate = in + 2 * units, *out = in + 3 * units;
    float *shown = step.recurrent_sums + n * 4 * units, *of_hidden = gradients.hidden + n * units,
          *of_state = gradients.state + n * units;
    kernels().tanh.value(step.state + n * units, shown, units, 0);
    for (std::int64_t i = 0; i < units; ++i) {
      const float before = step.state_before == nullptr ? 0 : step.state_before[n * units + i];
      const float i_gate = in[i], f_gate = forget[i], c = candidate[i], o_gate = out[i];
      const float state = of_state[i] + of_hidden[i] * o_gate * (1 - shown[i] * shown[i]);
      in[i] = state * c * i_gate * (1 - i_gate);
      forget[i] = state * before * f_gate * (1 - f_gate);
      candidate[i] = state * i_gate * (1 - c * c);
      out[i] = of_hidden[i] * shown[i] * o_gate * (1 - o_gate);
      of_state[i] = state * f_gate;
      of_hidden[i] = 0;
    }
  }
}

void open_forget_gate(float* bias, std::int64_t units) { std::fill_n(bias + units, units, 1.0f); }

constexpr Cell lstm_cell{.gates = 4,
                         .has_state = true,
                         .separate_sums = false,
                         .unit_flops = 22,
                         .forward = lstm_forward,
                         .backward = lstm_backward,
                         .begin_bias = open_forget_gate};

}  // namespace

extern const LayerType lstm_layer{
    .id = "lstm",
    .description =
        "summary = \"long short-term memory over a sequence, length x features\"\n" TREINO_RECURRENT_TOML TREINO_MASK_TOML,
    .shape = [](const ShapeContext& at) { return recurrent_shape(at, lstm_cell); },
    .flops = [](const LayerSpec& spec, const Shape& input,
                const Shape& output) { return recurrent_flops(spec, input, output, lstm_cell); },
    .make = [](const LayerContext& context) { return make_recurrent(context, lstm_cell); },
    .most_inputs = 2,
};

}  // namespace treino::nn
