// One direction of a recurrent layer: its weights, and all steps of a batch, forward and then backward through time.
#pragma once
#include <cstdint>
#include <string>

#include "nn/layers/recurrent.hpp"

namespace treino::nn {

/// Sizes that both directions share. Arrays within are time-major: step x sample x number.
struct Sequence {
  std::int64_t length, features, units;
};

class RecurrentDirection {
 public:
  /// `suffix`: of the names of its parameters. `backwards`: from the last step to the first.
  RecurrentDirection(const LayerContext& context, const Cell& cell, const Sequence& sequence, bool backwards,
                     const std::string& suffix);

  /// inputs: length x batch x features.
  void forward(const float* inputs, std::int64_t batch);

  /// batch x units: what the step puts out that comes `number`th.
  const float* hidden(std::int64_t number) const { return hidden_.data() + time_of(number) * batch_ * units(); }

  /// The same in the order of the input.
  const float* hidden_at(std::int64_t time) const { return hidden_.data() + time * batch_ * units(); }

  /// Where the gradient of a step's output lies: rows so far apart, one for each sample; null where nothing reads that step.
  struct OutputGradient {
    const float* first;
    std::int64_t row_step;
  };

  /// `output(number)`: an OutputGradient. Sets the parameters' gradients, and with `input_gradient` that (length x batch x features),
  /// which is added to with `add`.
  template <class Output>
  void backward(const float* inputs, const BackwardPass& pass, float* input_gradient, bool add, Output output) {
    begin_backward();
    for (std::int64_t number = sequence_.length; number-- > 0;) step_back(number, output(number));
    finish_backward(inputs, pass, input_gradient, add);
  }

 private:
  std::int64_t units() const { return sequence_.units; }
  std::int64_t width() const { return cell_.gates * sequence_.units; }
  std::int64_t time_of(std::int64_t number) const { return backwards_ ? sequence_.length - 1 - number : number; }
  CellStep step(std::int64_t number);
  float* recurrent_sums(std::int64_t time) {
    return recurrent_sums_.data() + (cell_.separate_sums ? time * batch_ * width() : 0);
  }
  void begin_backward();
  void step_back(std::int64_t number, const OutputGradient& output);
  void finish_backward(const float* inputs, const BackwardPass& pass, float* input_gradient, bool add);
  void weight_gradients(const float* inputs, const BackwardPass& pass);
  template <class Work>
  void each_sample(CellStep step, Work work) const;

  const Cell& cell_;
  const Sequence sequence_;
  bool backwards_;
  int threads_;
  ArenaSpan<float>& scratch_;
  std::int64_t batch_ = 0;
  Parameters::Pointers weight_ih_, weight_hh_, bias_ih_{}, bias_hh_{};
  ArenaSpan<float> input_sums_, recurrent_sums_, hidden_, state_, hidden_gradient_, state_gradient_;
};

}  // namespace treino::nn
