// One direction of a recurrent layer: its weights, and all steps of a batch, forward and then backward through time.
#pragma once
#include <cstdint>
#include <string>

#include "nn/layers/recurrent.hpp"
#include "nn/layers/sequence_mask.hpp"

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

  /// inputs: length x batch x features. Steps that are padding leave output and state as they were.
  void forward(const float* inputs, const SequenceMask& mask, std::int64_t batch);

  /// batch x units: what the step puts out that comes `number`th.
  const float* hidden(std::int64_t number) const { return hidden_.data() + time_of(number) * batch_ * units(); }

  /// Where in the input the step stands that comes `number`th.
  std::int64_t time_of(std::int64_t number) const { return backwards_ ? sequence_.length - 1 - number : number; }

  /// Where the gradient of a step's output lies: rows so far apart, one for each sample; null where nothing reads that step.
  struct OutputGradient {
    const float* first;
    std::int64_t row_step;
    bool not_of_padding;  // samples of which this step is padding put out something else
  };

  /// `output(number)`: an OutputGradient. Sets the parameters' gradients, and with `input_gradient` that (length x batch x features),
  /// which is added to with `add`.
  template <class Output>
  void backward(const float* inputs, const SequenceMask& mask, const BackwardPass& pass, float* input_gradient, bool add,
                Output output) {
    begin_backward();
    {
      const Products::CommonB weight(products_, weight_hh_.value);
      for (std::int64_t number = sequence_.length; number-- > 0;) step_back(number, mask, output(number));
    }
    finish_backward(inputs, pass, input_gradient, add);
  }

 private:
  std::int64_t units() const { return sequence_.units; }
  std::int64_t width() const { return cell_.gates * sequence_.units; }
  CellStep step(std::int64_t number);
  float* recurrent_sums(std::int64_t time) {
    return recurrent_sums_.data() + (cell_.separate_sums ? time * batch_ * width() : 0);
  }
  void begin_backward();
  void step_back(std::int64_t number, const SequenceMask& mask, const OutputGradient& output);
  void finish_backward(const float* inputs, const BackwardPass& pass, float* input_gradient, bool add);
  void weight_gradients(const float* inputs, const BackwardPass& pass);
  CellStep samples_of(const CellStep& step, std::int64_t first, std::int64_t last) const;
  template <class Work, class Skip>
  void each_sample(const CellStep& step, std::int64_t time, const SequenceMask& mask, Work work, Skip skip) const;
  void keep_before(const CellStep& step, std::int64_t sample) const;
  void clear_sums(const CellStep& step, std::int64_t sample) const;

  const Cell& cell_;
  const Sequence sequence_;
  bool backwards_;
  int threads_;
  Products& products_;
  std::int64_t batch_ = 0;
  Parameters::Pointers weight_ih_, weight_hh_, bias_ih_{}, bias_hh_{};
  ArenaSpan<float> input_sums_, recurrent_sums_, hidden_, state_, hidden_gradient_, state_gradient_;
};

}  // namespace treino::nn
