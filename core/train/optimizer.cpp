// Each step calls the plugin once for what all parameters share, then for each parameter, in slices where it is large enough for
// several threads.
#include "train/optimizer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <stdexcept>

#include "host/library/call_place.hpp"
#include "host/library/floating_point.hpp"
#include "nn/kernels/parallel_for.hpp"

namespace treino::train {

namespace {

/// Of an update, in elements that a loop reads: see nn::parallel_for.
constexpr std::int64_t update_cost = 4;

bool is_state_name(const char* name) {
  return name != nullptr && *name != '\0' &&
         std::string_view(name).find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") ==
             std::string_view::npos;
}

void check_states(const treino_optimizer_needs& needs) {
  if (needs.state_count > TREINO_OPTIMIZER_MOST_STATES)
    throw std::runtime_error(
        fmt::format("asks for {} arrays of state; there are {} at most", needs.state_count, TREINO_OPTIMIZER_MOST_STATES));
  if (needs.state_count > 0 && needs.states == nullptr) throw std::runtime_error("gives no names for its arrays of state");
  for (std::uint32_t i = 0; i < needs.state_count; ++i) {
    if (!is_state_name(needs.states[i]))
      throw std::runtime_error("gives an array of state a name that is not of letters, digits and underscores");
    for (std::uint32_t k = 0; k < i; ++k)
      if (std::strcmp(needs.states[i], needs.states[k]) == 0)
        throw std::runtime_error(fmt::format("gives the name '{}' to two arrays of state", needs.states[i]));
  }
}

/// What Instance::call does on its thread, on one of the pool's: notes where it is, and keeps the floating-point mode.
class OnPool {
 public:
  explicit OnPool(const host::Instance& instance) : mark_(instance.name().c_str(), "step") {}

 private:
  const host::FloatingPointGuard mode_;
  const host::CallMark mark_;
};

}  // namespace

/// The first of the updates that fail says why, whatever thread it is on.
class Optimizer::Failure {
 public:
  explicit Failure(treino_error* error) : error_(error) {}
  bool happened() const { return happened_.load(std::memory_order_relaxed); }
  void note(const char* text) {
    if (happened_.exchange(true)) return;
    std::strncpy(error_->text, text, error_->capacity - 1);
    error_->text[error_->capacity - 1] = '\0';
  }

 private:
  treino_error* error_;
  std::atomic<bool> happened_{false};
};

Optimizer::Optimizer(host::Instance& instance, std::span<nn::Parameter> parameters,
                     std::span<const ParameterCoefficients> coefficients)
    : instance_(&instance) {
  for (std::size_t i = 0; i < parameters.size(); ++i)
    if (!parameters[i].gradient.empty())
      slots_.push_back({&parameters[i], coefficients[i], {}, static_cast<std::uint32_t>(slots_.size())});
  prepare();
}

void Optimizer::prepare() {
  std::vector<treino_optimizer_parameter> shown;
  for (const Slot& slot : slots_)
    shown.push_back({slot.parameter->name.c_str(), slot.parameter->shape.data(),
                     static_cast<std::int64_t>(slot.parameter->value.size()),
                     static_cast<std::uint32_t>(slot.parameter->shape.size()), 0});
  treino_optimizer_needs needs{};
  needs.size = sizeof needs;
  needs.momentum = std::numeric_limits<double>::quiet_NaN();
  instance_->call("prepare", [&](void* self, treino_error* error) {
    const treino_status status =
        instance_->component().optimizer.prepare(self, shown.data(), static_cast<std::uint32_t>(shown.size()), &needs, error);
    if (status == TREINO_OK) check_needs(needs);
    return status;
  });
  closure_ = needs.closure != 0;
  if (closure_) learning_.reserve(slots_.size());
  for (std::uint32_t i = 0; i < needs.state_count; ++i) add_state(needs.states[i]);
  momentum_ = needs.momentum;
  takes_momentum_ = needs.takes_momentum != 0;
  whole_ = needs.whole != 0;
}

void Optimizer::check_needs(const treino_optimizer_needs& needs) const {
  check_states(needs);
  if ((needs.closure != 0) != instance_->component().description.closure)
    throw std::runtime_error(needs.closure != 0 ? "asks for a closure, though its description does not say closure = true"
                                                : "asks for no closure, though its description says closure = true");
}

void Optimizer::add_state(const char* name) {
  for (Slot& slot : slots_) {
    nn::Buffer& buffer = buffers_.emplace_back(nn::size_of(slot.parameter->shape));
    slot.states.push_back(buffer.data());
    states_.push_back({slot.parameter->name + "/" + name, slot.parameter->shape, buffer.span()});
  }
}

void Optimizer::step(double learning_rate, double momentum, const BatchClosure* closure) {
  if (instance_ == nullptr) throw std::logic_error("a run that is over takes no step");
  if (closure_ && closure == nullptr) throw std::logic_error(instance_->name() + " takes no step without a closure");
  if (!takes_momentum_) {
    if (!std::isnan(momentum) && momentum != 0)
      throw std::invalid_argument(
          fmt::format("{}: takes no momentum with the parameters that it has, and is given {}", instance_->name(), momentum));
    momentum = std::numeric_limits<double>::quiet_NaN();
  }
  const nn::FlushScope flush_scope;
  const treino_optimizer_step step{sizeof step, 0, steps_ + 1, learning_rate, momentum, nullptr};
  if (closure_)
    step_with(step, *closure);
  else
    update_all(step);
  ++steps_;
}

void Optimizer::update_all(const treino_optimizer_step& step) {
  instance_->call("step", [&](void* self, treino_error* error) -> treino_status {
    const auto begin_step = instance_->component().optimizer.begin_step;
    if (begin_step != nullptr)
      if (const treino_status status = begin_step(self, &step, error); status != TREINO_OK) return status;
    Failure failure(error);
    if (whole_)
      update_whole(self, step.learning_rate, failure);
    else
      for (const Slot& slot : slots_)
        if (slot.parameter->trainable && !failure.happened()) update_slices(slot, self, step.learning_rate, failure);
    return failure.happened() ? TREINO_FAILED : TREINO_OK;
  });
}

void Optimizer::update_slices(const Slot& slot, void* self, double learning_rate, Failure& failure) const {
  nn::parallel_for(static_cast<std::int64_t>(slot.parameter->value.size()), update_cost, slot.parameter->threads,
                   [&](std::int64_t first, std::int64_t last) {
                     if (last - first == static_cast<std::int64_t>(slot.parameter->value.size()))
                       return update(slot, first, last, self, learning_rate, failure);
                     const OnPool on_pool(*instance_);
                     update(slot, first, last, self, learning_rate, failure);
                   });
}

/// Threads take one parameter after the other.
void Optimizer::update_whole(void* self, double learning_rate, Failure& failure) const {
  struct Work {
    const Optimizer& optimizer;
    void* self;
    double learning_rate;
    Failure& failure;
    std::atomic<std::size_t> next{0};
    void run() {
      for (std::size_t i; (i = next.fetch_add(1)) < optimizer.slots_.size();) {
        const Slot& slot = optimizer.slots_[i];
        if (slot.parameter->trainable && !failure.happened())
          optimizer.update(slot, 0, static_cast<std::int64_t>(slot.parameter->value.size()), self, learning_rate, failure);
      }
    }
  } work{*this, self, learning_rate, failure};
  std::int64_t elements = 0;
  for (const Slot& slot : slots_)
    elements += slot.parameter->trainable ? static_cast<std::int64_t>(slot.parameter->value.size()) : 0;
  const int threads = slots_.empty() ? 1 : slots_.front().parameter->threads;
  if (threads < 2 || elements * update_cost < 2 * nn::worth_a_thread) return work.run();
  nn::run_on_pool(
      threads, threads,
      [](void* data, int, int) {
        Work& all = *static_cast<Work*>(data);
        const nn::FlushScope flush_scope;
        const OnPool on_pool(*all.optimizer.instance_);
        all.run();
      },
      &work);
}

treino_optimizer_slice Optimizer::slice_of(const Slot& slot, std::int64_t first, std::int64_t last, float* const* states,
                                           double learning_rate) {
  return {sizeof(treino_optimizer_slice),
          slot.index,
          first,
          last - first,
          slot.parameter->value.data() + first,
          slot.parameter->gradient.data() + first,
          states,
          learning_rate * slot.coefficients.learning_rate_factor,
          slot.coefficients.weight_decay};
}

void Optimizer::update(const Slot& slot, std::int64_t first, std::int64_t last, void* self, double learning_rate,
                       Failure& failure) const {
  float* states[TREINO_OPTIMIZER_MOST_STATES];
  for (std::size_t i = 0; i < slot.states.size(); ++i) states[i] = slot.states[i] + first;
  const treino_optimizer_slice slice = slice_of(slot, first, last, states, learning_rate);
  char text[1024];
  text[0] = '\0';
  treino_error error{sizeof(treino_error), sizeof text, text};
  try {
    if (instance_->component().optimizer.update(self, &slice, &error) == TREINO_OK) return;
  } catch (const std::exception& exception) {
    host::put_text(text, exception.what());
  } catch (...) {
    host::put_text(text, "threw something that is not a std::exception");
  }
  text[sizeof text - 1] = '\0';
  failure.note(text);
}

}  // namespace treino::train
