// The products of all steps' inputs are one large product, and so are the weights' gradients; what one step needs of the one before
// is a product of its own.
#include "nn/layers/recurrent_direction.hpp"

#include <algorithm>

#include "nn/kernels/kernels.hpp"
#include "nn/kernels/parallel_for.hpp"

namespace treino::nn {

RecurrentDirection::RecurrentDirection(const LayerContext& context, const Cell& cell, const Sequence& sequence, bool backwards,
                                       const std::string& suffix)
    : cell_(cell),
      sequence_(sequence),
      backwards_(backwards),
      threads_(context.threads),
      products_(context.products),
      weight_ih_(context.parameters.add(context.name + "/weight_ih" + suffix, {width(), sequence.features}, context.initializer(),
                                        {sequence.features, width()})),
      weight_hh_(context.parameters.add(context.name + "/weight_hh" + suffix, {width(), units()},
                                        {context.setting<std::string>("recurrent_initializer")}, {units(), width()})) {
  if (context.setting<bool>("bias")) {
    bias_ih_ = context.parameters.add(context.name + "/bias_ih" + suffix, {width()}, {"zeros"});
    if (cell.begin_bias != nullptr && context.parameters.draws()) cell.begin_bias(bias_ih_.value, units());
    bias_hh_ = context.parameters.add(context.name + "/bias_hh" + suffix, {width()}, {"zeros"});
  }
  const std::int64_t samples = context.capacity, all = samples * sequence.length;
  products_.expect(all, width(), sequence.features, true);
  products_.expect({samples, width(), units(), false, true}, Products::When::forward);
  products_.expect({samples, units(), width(), false, false}, Products::When::backward);
  products_.expect({width(), units(), all - samples, true, false}, Products::When::backward);
  context.memory.request(input_sums_, all * width(), Use::kept);
  context.memory.request(recurrent_sums_, (cell.separate_sums ? all : samples) * width(), Use::kept);
  context.memory.request(hidden_, all * units(), Use::kept);
  context.memory.request(state_, cell.has_state ? all * units() : 0, Use::kept);
  context.memory.request(hidden_gradient_, samples * units(), Use::backward);
  context.memory.request(state_gradient_, cell.has_state ? samples * units() : 0, Use::backward);
}

CellStep RecurrentDirection::step(std::int64_t number) {
  const std::int64_t time = time_of(number), size = batch_ * units();
  float* const state = cell_.has_state ? state_.data() + time * size : nullptr;
  const std::int64_t before = number == 0 ? 0 : (time_of(number - 1) - time) * size;
  return {.samples = batch_,
          .units = units(),
          .input_sums = input_sums_.data() + time * batch_ * width(),
          .recurrent_sums = recurrent_sums(time),
          .hidden_before = number == 0 ? nullptr : hidden_.data() + time * size + before,
          .hidden = hidden_.data() + time * size,
          .state_before = number == 0 || state == nullptr ? nullptr : state + before,
          .state = state};
}

CellStep RecurrentDirection::samples_of(const CellStep& step, std::int64_t first, std::int64_t last) const {
  const auto advance = [&](auto* rows, std::int64_t row) { return rows == nullptr ? nullptr : rows + first * row; };
  return {.samples = last - first,
          .units = step.units,
          .input_sums = advance(step.input_sums, width()),
          .recurrent_sums = advance(step.recurrent_sums, width()),
          .hidden_before = advance(step.hidden_before, units()),
          .hidden = advance(step.hidden, units()),
          .state_before = advance(step.state_before, units()),
          .state = advance(step.state, units())};
}

/// work(the part of the step that some samples are, the first of them), by several threads; skip(sample) where it is padding.
template <class Work, class Skip>
void RecurrentDirection::each_sample(const CellStep& step, std::int64_t time, const SequenceMask& mask, Work work,
                                     Skip skip) const {
  parallel_for(step.samples, 8 * width(), threads_, [&](std::int64_t first, std::int64_t last) {
    if (!mask.is_given()) return work(samples_of(step, first, last), first);
    for (std::int64_t n = first; n < last; ++n) {
      if (mask.is_padding(n, time))
        skip(n);
      else
        work(samples_of(step, n, n + 1), n);
    }
  });
}

void RecurrentDirection::keep_before(const CellStep& step, std::int64_t sample) const {
  const auto keep = [&](const float* before, float* now) {
    if (before == nullptr)
      std::fill_n(now + sample * units(), units(), 0.0f);
    else
      std::copy_n(before + sample * units(), units(), now + sample * units());
  };
  keep(step.hidden_before, step.hidden);
  if (step.state != nullptr) keep(step.state_before, step.state);
}

/// The gradient of what was not used.
void RecurrentDirection::clear_sums(const CellStep& step, std::int64_t sample) const {
  std::fill_n(step.input_sums + sample * width(), width(), 0.0f);
  if (cell_.separate_sums) std::fill_n(step.recurrent_sums + sample * width(), width(), 0.0f);
}

void RecurrentDirection::forward(const float* inputs, const SequenceMask& mask, std::int64_t batch) {
  batch_ = batch;
  products_.multiply({.rows = sequence_.length * batch,
                      .columns = width(),
                      .inner = sequence_.features,
                      .a = inputs,
                      .a_row = sequence_.features,
                      .a_inner = 1,
                      .b = weight_ih_.value,
                      .b_inner = 1,
                      .b_column = sequence_.features,
                      .c = input_sums_.data(),
                      .add = false,
                      .bias = bias_ih_.value});
  const Products::CommonB weight(products_, weight_hh_.value);
  for (std::int64_t number = 0; number < sequence_.length; ++number) {
    const CellStep now = step(number);
    if (number == 0) {
      std::fill_n(now.recurrent_sums, batch * width(), 0.0f);
      if (bias_hh_.value != nullptr) kernels().add_bias(now.recurrent_sums, bias_hh_.value, batch, width(), false);
    } else {
      products_.multiply({.rows = batch,
                          .columns = width(),
                          .inner = units(),
                          .a = now.hidden_before,
                          .a_row = units(),
                          .a_inner = 1,
                          .b = weight_hh_.value,
                          .b_inner = 1,
                          .b_column = units(),
                          .c = now.recurrent_sums,
                          .add = false,
                          .bias = bias_hh_.value});
    }
    each_sample(
        now, time_of(number), mask, [&](const CellStep& part, std::int64_t) { cell_.forward(part); },
        [&](std::int64_t sample) { keep_before(now, sample); });
  }
}

void RecurrentDirection::begin_backward() {
  std::fill_n(hidden_gradient_.data(), batch_ * units(), 0.0f);
  if (cell_.has_state) std::fill_n(state_gradient_.data(), batch_ * units(), 0.0f);
}

void RecurrentDirection::step_back(std::int64_t number, const SequenceMask& mask, const OutputGradient& output) {
  const std::int64_t time = time_of(number);
  for (std::int64_t n = 0; output.first != nullptr && n < batch_; ++n)
    if (!output.not_of_padding || !mask.is_padding(n, time))
      kernels().add(hidden_gradient_.data() + n * units(), output.first + n * output.row_step, units());
  const CellStep now = step(number);
  each_sample(
      now, time, mask,
      [&](const CellStep& part, std::int64_t first) {
        cell_.backward(part, {hidden_gradient_.data() + first * units(),
                              cell_.has_state ? state_gradient_.data() + first * units() : nullptr});
      },
      [&](std::int64_t sample) { clear_sums(now, sample); });
  if (number == 0) return;
  products_.multiply({.rows = batch_,
                      .columns = units(),
                      .inner = width(),
                      .a = cell_.separate_sums ? now.recurrent_sums : now.input_sums,
                      .a_row = width(),
                      .a_inner = 1,
                      .b = weight_hh_.value,
                      .b_inner = units(),
                      .b_column = 1,
                      .c = hidden_gradient_.data(),
                      .add = true});
}

void RecurrentDirection::finish_backward(const float* inputs, const BackwardPass& pass, float* input_gradient, bool add) {
  if (pass.learns) weight_gradients(inputs, pass);
  if (input_gradient == nullptr) return;
  products_.multiply({.rows = sequence_.length * batch_,
                      .columns = sequence_.features,
                      .inner = width(),
                      .a = input_sums_.data(),
                      .a_row = width(),
                      .a_inner = 1,
                      .b = weight_ih_.value,
                      .b_inner = sequence_.features,
                      .b_column = 1,
                      .c = input_gradient,
                      .add = add});
}

void RecurrentDirection::weight_gradients(const float* inputs, const BackwardPass& pass) {
  const float* const of_input = input_sums_.data();
  const float* const of_hidden = cell_.separate_sums ? recurrent_sums_.data() : input_sums_.data();
  const std::int64_t rows = sequence_.length * batch_, later = rows - batch_;
  const auto add_products = [&](const float* gradient, const float* from, std::int64_t columns, std::int64_t count, float* to) {
    products_.multiply({.rows = width(),
                        .columns = columns,
                        .inner = count,
                        .a = gradient,
                        .a_row = 1,
                        .a_inner = width(),
                        .b = from,
                        .b_inner = columns,
                        .b_column = 1,
                        .c = to,
                        .add = pass.accumulate});
  };
  add_products(of_input, inputs, sequence_.features, rows, weight_ih_.gradient);
  // Each step but the first, with the output of the one before it.
  const std::int64_t step = batch_ * width(), output = batch_ * units();
  if (later > 0) {
    add_products(of_hidden + (backwards_ ? 0 : step), hidden_.data() + (backwards_ ? output : 0), units(), later,
                 weight_hh_.gradient);
  } else if (!pass.accumulate) {
    std::fill_n(weight_hh_.gradient, width() * units(), 0.0f);
  }
  if (bias_ih_.gradient == nullptr) return;
  // The function takes the gradient as one that it may mask, and masks nothing here.
  kernels().bias_gradient(const_cast<float*>(of_input), nullptr, bias_ih_.gradient, rows, width(), width(), pass.accumulate);
  kernels().bias_gradient(const_cast<float*>(of_hidden), nullptr, bias_hh_.gradient, rows, width(), width(), pass.accumulate);
}

}  // namespace treino::nn
