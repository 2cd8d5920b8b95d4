// Steps of optimizers that have loss and gradients computed again (L-BFGS): begin_step is the whole step.
#include <cstdio>
#include <exception>

#include "train/optimizer.hpp"

namespace treino::train {

namespace {

/// What the plugin calls through the contract.
struct ClosureEvaluation {
  const BatchClosure& closure;
  std::exception_ptr thrown{};

  static treino_status evaluate(void* context, double* loss, treino_error* error) {
    ClosureEvaluation& self = *static_cast<ClosureEvaluation*>(context);
    try {
      *loss = self.closure.evaluate(self.closure.context);
      return TREINO_OK;
    } catch (const std::exception& exception) {
      if (error != nullptr && error->text != nullptr && error->capacity > 0)
        std::snprintf(error->text, error->capacity, "%s", exception.what());
      self.thrown = std::current_exception();
    } catch (...) {
      self.thrown = std::current_exception();
    }
    return TREINO_FAILED;
  }
};

}  // namespace

/// What the closure throws is nothing that the plugin has done: it passes through as it is.
void Optimizer::step_with(const treino_optimizer_step& step, const BatchClosure& closure) {
  learning_.clear();
  for (const Slot& slot : slots_)
    if (slot.parameter->trainable)
      learning_.push_back(
          slice_of(slot, 0, static_cast<std::int64_t>(slot.parameter->value.size()), slot.states.data(), step.learning_rate));
  ClosureEvaluation evaluation{closure};
  treino_optimizer_closure shown{};
  shown.size = sizeof shown;
  shown.count = static_cast<std::uint32_t>(learning_.size());
  shown.parameters = learning_.data();
  shown.loss = closure.loss;
  shown.context = &evaluation;
  shown.evaluate = ClosureEvaluation::evaluate;
  treino_optimizer_step with_closure = step;
  with_closure.closure = &shown;
  try {
    instance_->call("step", [&](void* self, treino_error* error) {
      return instance_->component().optimizer.begin_step(self, &with_closure, error);
    });
  } catch (const host::CallError&) {
    if (!evaluation.thrown) throw;
  }
  if (evaluation.thrown) std::rethrow_exception(evaluation.thrown);
}

}  // namespace treino::train
