// What a metric's formula calls p: where the loss takes logits, their probabilities.
#pragma once
#include <treino/plugin.hpp>
#include <treino/tensor.hpp>
#include <vector>

#include "shared/losses/softmax.hpp"

class Probabilities {
 public:
  void prepare(const treino::Problem& problem) {
    wanted_ = problem.predicts_logits();
    independent_ = problem.independent();
    if (!wanted_) return;
    powers_.resize(static_cast<std::size_t>(problem.outputs()));
    values_.resize(static_cast<std::size_t>(problem.batch_capacity() * problem.outputs()));
  }
  /// The predictions, or their probabilities, until the next call; those of samples of weight 0 may be anything.
  treino::Matrix<const float> of(const treino::Matrix<const float>& prediction, const treino::Weights& weights) {
    if (!wanted_) return prediction;
    const std::int64_t outputs = prediction.columns();
    const auto size = static_cast<std::size_t>(prediction.rows() * outputs);
    if (values_.size() < size) values_.resize(size);
    treino::with_widest_vectors([&]() TREINO_ALWAYS_INLINE {
      for (std::int64_t sample = 0; sample < prediction.rows(); ++sample) {
        if (weights[sample] == 0) continue;
        const float* TREINO_RESTRICT from = prediction.row(sample);
        float* TREINO_RESTRICT to = values_.data() + sample * outputs;
        if (independent_) {
          for (std::int64_t i = 0; i < outputs; ++i)
            to[i] = static_cast<float>(1 / (1 + treino::fast::exp(-static_cast<double>(from[i]))));
        } else {
          const double scale = 1 / treino::softmax(from, outputs, powers_.data()).denominator;
          for (std::int64_t i = 0; i < outputs; ++i) to[i] = static_cast<float>(powers_[static_cast<std::size_t>(i)] * scale);
        }
      }
    });
    return {values_.data(), prediction.rows(), outputs, outputs};
  }

 private:
  bool wanted_ = false, independent_ = false;
  std::vector<double> powers_;
  std::vector<float> values_;
};
