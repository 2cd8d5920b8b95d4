// An optimizer under test and one parameter that it updates, with the state that the host would keep.
#pragma once
#include <treino/abi/draft/optimizer.h>

#include <limits>

#include "plugins/conformance/instance.hpp"

namespace treino::conformance {

class OptimizerUnderTest {
 public:
  using Values = std::vector<float>;
  /// Throws Refusal.
  OptimizerUnderTest(const PluginUnderTest& plugin, const manifest::Table& completed, Values weights)
      : table_(*plugin.optimizer), instance_(plugin, completed), weights_(std::move(weights)) {
    shape_[1] = static_cast<std::int64_t>(weights_.size()) / shape_[0];
    if (const manifest::Value* decay = manifest::find(completed, "weight_decay")) weight_decay_ = *decay->as<double>();
    const treino_optimizer_parameter parameter{"dense_1/weight", shape_, shape_[0] * shape_[1], 2, 0};
    needs_.size = sizeof needs_;
    needs_.momentum = std::numeric_limits<double>::quiet_NaN();
    ErrorBuffer error;
    error.check(table_.prepare(instance_.self(), &parameter, 1, &needs_, error.get()));
    states_.assign(needs_.state_count, Values(weights_.size()));
  }

  const treino_optimizer_needs& needs() const { return needs_; }
  const Values& weights() const { return weights_; }
  std::vector<Values>& states() { return states_; }
  void set_weights(const Values& weights) { weights_ = weights; }

  /// `cut`: elements of a first slice; 0: one slice of all. Who takes a closure minimizes
  /// sum of gradient * weight + weight^2 / 2 + weight^4 / 4 instead.
  void step(std::uint64_t number, const Values& gradient, double learning_rate, std::size_t cut = 0,
            double momentum = std::numeric_limits<double>::quiet_NaN()) {
    if (needs_.closure != 0) return step_with_closure(number, gradient, learning_rate);
    if (table_.begin_step != nullptr) {
      const treino_optimizer_step step{sizeof step, 0, number, learning_rate, momentum, nullptr};
      ErrorBuffer error;
      error.check(table_.begin_step(instance_.self(), &step, error.get()));
    }
    if (cut > 0) update(cut, weights_.size(), gradient, learning_rate);  // the last first: order says nothing
    update(0, cut > 0 ? cut : weights_.size(), gradient, learning_rate);
  }

 private:
  treino_optimizer_slice slice_of(std::size_t first, std::size_t last, const Values& gradient, float** states,
                                  double learning_rate) {
    for (std::size_t i = 0; i < states_.size(); ++i) states[i] = states_[i].data() + first;
    return {sizeof(treino_optimizer_slice),
            0,
            static_cast<std::int64_t>(first),
            static_cast<std::int64_t>(last - first),
            weights_.data() + first,
            gradient.data() + first,
            states,
            learning_rate,
            weight_decay_};
  }

  double evaluate() {
    double loss = 0;
    for (std::size_t i = 0; i < weights_.size(); ++i) {
      const double weight = weights_[i], linear = linear_[i];
      loss += linear * weight + weight * weight / 2 + weight * weight * weight * weight / 4;
      gradient_[i] = static_cast<float>(linear + weight + weight * weight * weight);
    }
    return loss;
  }
  void step_with_closure(std::uint64_t number, const Values& linear, double learning_rate) {
    linear_.assign(linear.begin(), linear.end());
    gradient_.resize(weights_.size());
    float* states[TREINO_OPTIMIZER_MOST_STATES];
    const treino_optimizer_slice whole = slice_of(0, weights_.size(), gradient_, states, learning_rate);
    const treino_optimizer_closure closure{
        sizeof closure, 1, &whole, evaluate(), this, [](void* context, double* loss, treino_error*) -> treino_status {
          *loss = static_cast<OptimizerUnderTest*>(context)->evaluate();
          return TREINO_OK;
        }};
    const treino_optimizer_step step{sizeof step, 0, number, learning_rate, std::numeric_limits<double>::quiet_NaN(), &closure};
    ErrorBuffer error;
    error.check(table_.begin_step(instance_.self(), &step, error.get()));
  }
  void update(std::size_t first, std::size_t last, const Values& gradient, double learning_rate) {
    float* states[TREINO_OPTIMIZER_MOST_STATES];
    const treino_optimizer_slice slice = slice_of(first, last, gradient, states, learning_rate);
    ErrorBuffer error;
    error.check(table_.update(instance_.self(), &slice, error.get()));
  }

  const treino_optimizer& table_;
  Instance instance_;
  Values weights_;
  std::int64_t shape_[2] = {4, 0};
  treino_optimizer_needs needs_{};
  std::vector<Values> states_;
  Values linear_, gradient_;  // of a closure
  double weight_decay_ = 0;
};

}  // namespace treino::conformance
