// The simplest recurrent layer: each step's output is tanh of a weighted sum of its input and of the output before. Elman, Finding
// Structure in Time, Cognitive Science 14 (1990); PyTorch's RNN.
#include "nn/kernels/kernels.hpp"
#include "nn/layers/parameter_texts.hpp"
#include "nn/layers/recurrent.hpp"

namespace treino::nn {
namespace {

void simple_rnn_forward(const CellStep& step) {
  for (std::int64_t i = 0; i < step.samples * step.units; ++i) step.recurrent_sums[i] += step.input_sums[i];
  // Sample by sample, so that the ends of registers, and with them the bits, do not depend on how samples are shared out.
  for (std::int64_t n = 0; n < step.samples; ++n)
    kernels().tanh.value(step.recurrent_sums + n * step.units, step.hidden + n * step.units, step.units, 0);
}

void simple_rnn_backward(const CellStep& step, const CellGradients& gradients) {
  for (std::int64_t i = 0; i < step.samples * step.units; ++i) {
    step.input_sums[i] = gradients.hidden[i] * (1 - step.hidden[i] * step.hidden[i]);
    gradients.hidden[i] = 0;
  }
}

constexpr Cell simple_rnn_cell{.gates = 1,
                               .has_state = false,
                               .separate_sums = false,
                               .unit_flops = 2,
                               .forward = simple_rnn_forward,
                               .backward = simple_rnn_backward};

}  // namespace

extern const LayerType simple_rnn_layer{
    .id = "simple_rnn",
    .description =
        "summary = \"tanh of a weighted sum of each step of a sequence, length x features, and of the output "
        "before\"\n" TREINO_RECURRENT_TOML TREINO_MASK_TOML,
    .shape = [](const ShapeContext& at) { return recurrent_shape(at, simple_rnn_cell); },
    .flops = [](const LayerSpec& spec, const Shape& input,
                const Shape& output) { return recurrent_flops(spec, input, output, simple_rnn_cell); },
    .make = [](const LayerContext& context) { return make_recurrent(context, simple_rnn_cell); },
    .most_inputs = 2,
};

}  // namespace treino::nn
