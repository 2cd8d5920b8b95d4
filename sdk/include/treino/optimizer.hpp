// Optimizers in C++ (a draft kind, see abi/draft/optimizer.h): how parameters follow their gradients.
#pragma once
#include <treino/abi/draft/optimizer.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <treino/detail/component.hpp>
#include <treino/detail/span.hpp>
#include <treino/plugin.hpp>

namespace treino {
inline namespace sdk0 {

/// A parameter that can learn.
struct OptimizedParameter {
  std::string name;                 // "dense_1/weight"
  std::vector<std::int64_t> shape;  // {64, 10}
  std::int64_t size = 0;            // the product of the shape
};

/// What is the same for all parameters of one step.
struct OptimizerStep {
  std::uint64_t number = 1;  // from 1
  double learning_rate = 0;  // as the schedulers have it; a parameter's own is ParameterStep::learning_rate()
  double momentum = std::numeric_limits<double>::quiet_NaN();  // that a scheduler gives for this step; NaN: none

  /// The momentum of this step, for who has `own` where no scheduler gives one.
  double momentum_or(double own) const { return std::isnan(momentum) ? own : momentum; }
};

class ParameterStep;
class Closure;

class Optimizer : public Plugin {
 public:
  /// Returns the names of the arrays that are kept for each parameter: float32, of its shape, 0 before the first step.
  virtual std::vector<std::string> state() const { return {}; }
  /// Returns whether update() needs whole parameters, for a norm or a matrix product.
  virtual bool needs_whole_parameters() const { return false; }
  /// Returns the momentum, or what plays its part (adam: beta1); NaN where there is none.
  virtual double momentum() const { return std::numeric_limits<double>::quiet_NaN(); }
  /// Returns whether a scheduler may give another momentum for a step.
  virtual bool takes_momentum() const { return momentum() > 0; }
  /// Before the first step: allocates what steps need.
  virtual void prepare(const std::vector<OptimizedParameter>&) {}
  /// Computes what is the same for all parameters of a step. What it computes follows from the step's number: runs go back.
  virtual void begin_step(const OptimizerStep&) {}
  /// Updates one parameter, or a slice of it. Several threads call it at once, each on elements of its own: hence const.
  virtual void update(const ParameterStep& parameter) const = 0;

 private:
  friend class ParameterStep;
  template <class, class>
  friend struct detail::Kind;
  std::vector<OptimizedParameter> parameters_;
  std::vector<std::string> states_;
  std::vector<const char*> state_names_;
};

/// One parameter's update, or that of a slice of it. Valid during the call.
class ParameterStep {
 public:
  ParameterStep(const Optimizer& optimizer, const treino_optimizer_slice& slice) : optimizer_(optimizer), slice_(slice) {}

  /// Its place among the parameters of prepare().
  std::size_t index() const { return slice_.parameter; }
  const std::string& name() const { return optimizer_.parameters_[slice_.parameter].name; }
  const std::vector<std::int64_t>& shape() const { return optimizer_.parameters_[slice_.parameter].shape; }
  /// Number of elements of the slice.
  std::int64_t size() const { return slice_.count; }
  /// Place of its first element in the parameter.
  std::int64_t first() const { return slice_.first; }

  Span<float> value() const { return {slice_.value, slice_.count}; }
  Span<const float> gradient() const { return {slice_.gradient, slice_.count}; }
  /// The array of that number among those that Optimizer::state() names.
  Span<float> state(int index) const { return {slice_.states[index], slice_.count}; }
  /// Throws std::out_of_range where state() names none so.
  Span<float> state(const char* name) const {
    const auto found = std::find(optimizer_.states_.begin(), optimizer_.states_.end(), name);
    if (found == optimizer_.states_.end()) throw std::out_of_range(std::string("state() names no array '") + name + "'");
    return state(static_cast<int>(found - optimizer_.states_.begin()));
  }
  /// The schedulers', times the factor of the parameter's group.
  double learning_rate() const { return slice_.learning_rate; }
  /// The parameter `weight_decay` of the description, as it holds for this parameter: 0 for those that do not decay.
  double weight_decay() const { return slice_.weight_decay; }

 private:
  const Optimizer& optimizer_;
  const treino_optimizer_slice& slice_;
};

/// The model within a step of a ClosureOptimizer. Valid during the call.
class Closure {
 public:
  Closure(const Optimizer& optimizer, const treino_optimizer_closure& closure) : optimizer_(optimizer), closure_(closure) {}

  /// Returns the loss of the step's batch, with the weights and gradients as they were at first.
  double loss() const { return closure_.loss; }
  /// Returns the loss of the same batch with the weights as they are now, having computed all gradients of it. Throws where that fails:
  /// let the exception pass.
  double evaluate() {
    char text[1024] = "";
    treino_error error{sizeof(treino_error), sizeof text, text};
    double loss = 0;
    if (closure_.evaluate(closure_.context, &loss, &error) != TREINO_OK) throw std::runtime_error(text);
    return loss;
  }
  /// Number of parameters that learn at this step.
  std::size_t size() const { return closure_.count; }
  /// One of them, whole.
  ParameterStep parameter(std::size_t i) const { return {optimizer_, closure_.parameters[i]}; }

 private:
  const Optimizer& optimizer_;
  const treino_optimizer_closure& closure_;
};

/// An optimizer that needs the loss of other weights within a step. Its description says `closure = true`.
class ClosureOptimizer : public Optimizer {
 public:
  /// Takes one step: changes the weights of all parameters, and has loss and gradients computed again where it needs them.
  virtual void step(const OptimizerStep& step, Closure& closure) = 0;
  void update(const ParameterStep&) const final {}
};

namespace detail {

template <class T>
struct Kind<T, std::enable_if_t<std::is_base_of_v<Optimizer, T>>> {
  using Base = Optimizer;
  static constexpr const char* kind = "optimizer";
  static constexpr bool has_closure = std::is_base_of_v<ClosureOptimizer, T>;
  static_assert(!Lifecycle<T, Optimizer>::has_state,
                "an optimizer has no save() and load(): the host keeps the arrays that state() names");

  static treino_status prepare(void* self, const treino_optimizer_parameter* parameters, std::uint32_t count,
                               treino_optimizer_needs* needs, treino_error* error) {
    return guarded(error, [&] {
      T& optimizer = Lifecycle<T, Optimizer>::get(self);
      Optimizer& base = optimizer;
      base.parameters_.clear();
      for (std::uint32_t i = 0; i < count; ++i)
        base.parameters_.push_back(
            {parameters[i].name, {parameters[i].shape, parameters[i].shape + parameters[i].rank}, parameters[i].elements});
      optimizer.prepare(base.parameters_);
      base.states_ = optimizer.state();
      base.state_names_.clear();
      for (const std::string& name : base.states_) base.state_names_.push_back(name.c_str());
      needs->state_count = static_cast<std::uint32_t>(base.states_.size());
      needs->states = base.state_names_.data();
      needs->momentum = optimizer.momentum();
      needs->takes_momentum = optimizer.takes_momentum() ? 1 : 0;
      needs->whole = optimizer.needs_whole_parameters() ? 1 : 0;
      needs->closure = has_closure ? 1 : 0;
    });
  }
  static treino_status begin_step(void* self, const treino_optimizer_step* step, treino_error* error) {
    return guarded(error, [&] {
      T& optimizer = Lifecycle<T, Optimizer>::get(self);
      const OptimizerStep info{step->number, step->learning_rate, step->momentum};
      if constexpr (has_closure) {
        Closure closure(optimizer, *step->closure);
        optimizer.step(info, closure);
      } else {
        optimizer.begin_step(info);
      }
    });
  }
  static treino_status update(void* self, const treino_optimizer_slice* slice, treino_error* error) {
    return guarded(error, [&] {
      const T& optimizer = Lifecycle<T, Optimizer>::get(self);
      optimizer.update(ParameterStep(optimizer, *slice));
    });
  }
  static constexpr treino_optimizer table() {
    return {sizeof(treino_optimizer), 0, prepare, begin_step, has_closure ? nullptr : update};
  }
};

}  // namespace detail
}  // namespace sdk0
}  // namespace treino

// The parameter of optimizers with weight decay, for descriptions: TREINO_PLUGIN(X, R"toml(...)toml" TREINO_WEIGHT_DECAY_TOML("...")).
#define TREINO_WEIGHT_DECAY_TOML(meaning) \
  "\n"                                    \
  "[parameters.weight_decay]\n"           \
  "type = \"float\"\n"                    \
  "default = 0.0\n"                       \
  "min = 0.0\n"                           \
  "doc = \"" meaning "\"\n"
