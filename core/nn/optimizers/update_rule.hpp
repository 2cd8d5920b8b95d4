// What all optimizers share: the state beside each parameter, and the walk through parameters that learn.
#pragma once
#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "nn/kernels/parallel_for.hpp"
#include "nn/memory/buffer.hpp"
#include "nn/optimizers/optimizer.hpp"

namespace treino::nn {

/// One parameter that can learn, and its arrays of state.
struct Slot {
  const Parameter* parameter;
  std::vector<float*> state;
};

/// A stretch of one parameter and its state: what a thread updates.
struct Part {
  std::int64_t size;
  float* weight;
  const float* gradient;
  float* state[2];  // null where there is none
};

class UpdateRule {
 public:
  UpdateRule(const OptimizerSpec& spec, std::span<Parameter> all);
  UpdateRule(const UpdateRule&) = delete;
  UpdateRule& operator=(const UpdateRule&) = delete;
  virtual ~UpdateRule() = default;

  /// `count`: this update's number, from 1. `momentum`: NaN for the optimizer's own.
  virtual void update(double learning_rate, double momentum, std::uint64_t count) = 0;

  std::vector<OptimizerState>& states() { return states_; }

 protected:
  /// Gives every parameter one more array of state.
  void remember(const char* name);

  /// update(part) for all of every parameter that learns now.
  template <class Update>
  void each(Update update) {
    for (Slot& slot : slots_) {
      const Parameter& all = *slot.parameter;
      if (!all.trainable) continue;
      parallel_for(static_cast<std::int64_t>(all.value.size()), 4, all.threads, [&](std::int64_t first, std::int64_t last) {
        Part part{last - first, all.value.data() + first, all.gradient.data() + first, {}};
        for (std::size_t i = 0; i < slot.state.size(); ++i) part.state[i] = slot.state[i] + first;
        update(part);
      });
    }
  }

  // Settings. Throw std::invalid_argument outside [0, 1), or below 0.
  double fraction(const char* name) const;
  double not_negative(const char* name) const;
  void demand(bool holds, const char* what, double value) const;

  /// For kinds that keep a momentum array only where `own` is not 0. Throws std::invalid_argument where there is none to use.
  float momentum_or(double given, double own) const;

  const OptimizerSpec spec_;

 private:
  std::vector<Slot> slots_;
  std::vector<OptimizerState> states_;
  std::deque<Buffer> buffers_;
};

}  // namespace treino::nn
