// The host's side of an optimizer: the state of each parameter, the walk through those that learn, and the threads that share it.
#pragma once
#include <treino/abi/draft/optimizer.h>

#include <cstdint>
#include <deque>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "host/session/instance.hpp"
#include "nn/memory/buffer.hpp"
#include "nn/parameter.hpp"

namespace treino::train {

/// A named array of the optimizer's state ("dense_1/weight/momentum"); all of them and steps() are what a checkpoint keeps.
struct OptimizerState {
  std::string name;
  nn::Shape shape;
  std::span<float> value;
};

/// What holds for one parameter beside the optimizer's own settings.
struct ParameterCoefficients {
  double learning_rate_factor = 1, weight_decay = 0;
};

/// The batch of a step, for optimizers that need the loss of other weights.
struct BatchClosure {
  double loss;  // as it is
  void* context;
  /// Returns the loss with the weights as they are now, having computed all gradients.
  double (*evaluate)(void* context);
};

/// An instance of kind optimizer, over the parameters of a model. State is in float32, and 0 at first.
class Optimizer {
 public:
  /// Takes no step, and remembers nothing.
  Optimizer() = default;
  /// Instance and parameters outlive it and stay where they are. Parameters that are not trainable at a step, it passes over.
  /// `coefficients`: of each parameter. Throws host::CallError where the plugin refuses the parameters, or asks for what there is not.
  Optimizer(host::Instance& instance, std::span<nn::Parameter> parameters, std::span<const ParameterCoefficients> coefficients);

  /// Whether step() needs a closure.
  bool needs_closure() const { return closure_; }

  /// Applies one update. `momentum`: NaN leaves the optimizer's own. Throws std::invalid_argument, having changed nothing, for a
  /// momentum other than 0 where it takes none, host::CallError where the plugin fails, and what `closure` throws.
  void step(double learning_rate, double momentum = std::numeric_limits<double>::quiet_NaN(),
            const BatchClosure* closure = nullptr);

  std::uint64_t steps() const { return steps_; }
  void set_steps(std::uint64_t steps) { steps_ = steps; }
  /// The first array of all parameters, then the second of all.
  std::span<OptimizerState> state() { return states_; }

  /// NaN where it has none.
  double momentum() const { return momentum_; }
  /// Whether a step may be given a momentum.
  bool takes_momentum() const { return takes_momentum_; }

 private:
  /// One parameter that can learn, and its arrays of state.
  struct Slot {
    const nn::Parameter* parameter;
    ParameterCoefficients coefficients;
    std::vector<float*> states;
    std::uint32_t index;
  };
  class Failure;

  void prepare();
  void check_needs(const treino_optimizer_needs& needs) const;
  void step_with(const treino_optimizer_step& step, const BatchClosure& closure);
  void update_all(const treino_optimizer_step& step);
  void add_state(const char* name);
  void update_slices(const Slot& slot, void* self, double learning_rate, Failure& failure) const;
  void update_whole(void* self, double learning_rate, Failure& failure) const;
  void update(const Slot& slot, std::int64_t first, std::int64_t last, void* self, double learning_rate, Failure& failure) const;
  static treino_optimizer_slice slice_of(const Slot& slot, std::int64_t first, std::int64_t last, float* const* states,
                                         double learning_rate);

  host::Instance* instance_ = nullptr;
  std::vector<Slot> slots_;
  std::vector<OptimizerState> states_;
  std::deque<nn::Buffer> buffers_;
  double momentum_ = std::numeric_limits<double>::quiet_NaN();
  bool takes_momentum_ = false, whole_ = false, closure_ = false;
  std::vector<treino_optimizer_slice> learning_;  // those that a closure shows, with room for all
  std::uint64_t steps_ = 0;
};

}  // namespace treino::train
