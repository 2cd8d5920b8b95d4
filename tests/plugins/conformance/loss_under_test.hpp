// A loss under test, called as the host would, and what it gives for a batch.
#pragma once
#include <limits>

#include "plugins/conformance/allocations.hpp"
#include "plugins/conformance/batch.hpp"
#include "plugins/conformance/cases.hpp"
#include "plugins/conformance/instance.hpp"

namespace treino::conformance {

struct Evaluation {
  double sum = 0, weight = 0;
  std::vector<float> gradient;
  double value() const { return weight == 0 ? 0 : sum / weight; }
};

/// An instance of a loss on a problem.
class Loss {
 public:
  /// Throws Refusal.
  Loss(const PluginUnderTest& plugin, const manifest::Table& parameters, const Problem& problem) : Loss(plugin, parameters) {
    prepare(problem);
  }
  Loss(const PluginUnderTest& plugin, const manifest::Table& parameters) : plugin_(plugin), instance_(plugin, parameters) {}
  void prepare(const Problem& problem) {
    const treino_problem info = problem.info();
    ErrorBuffer error;
    if (plugin_.loss->prepare != nullptr) error.check(plugin_.loss->prepare(instance_.self(), &info, error.get()));
    std::uint32_t yes_or_no = 0;
    takes = plugin_.loss->takes(instance_.self(), &yes_or_no);
    independent = yes_or_no != 0;
  }
  void* self() const { return instance_.self(); }
  Evaluation evaluate(const Batch& batch, Layout layout = Layout::contiguous) const {
    Evaluation result;
    // Garbage, so that a gradient that is added to instead of set is seen.
    std::vector<float> buffer(batch.prediction.size(), std::numeric_limits<float>::quiet_NaN());
    const Stored<float> gradient(buffer, batch.samples, batch.outputs, Layout::contiguous);
    call(Views(batch, layout), gradient.view(), result);
    const auto* begin = static_cast<const float*>(gradient.view()->data);
    result.gradient.assign(begin, begin + batch.prediction.size());
    return result;
  }
  Evaluation value_only(const Batch& batch) const {
    Evaluation result;
    call(Views(batch), nullptr, result);
    return result;
  }
  void call(const Views& views, const treino_tensor* gradient, Evaluation& result) const {
    treino_loss_value value{};
    ErrorBuffer error;
    error.check(plugin_.loss->evaluate(instance_.self(), views.prediction(), views.target(), views.weights(), gradient, &value,
                                       error.get()));
    result.sum = value.sum;
    result.weight = value.weight;
  }
  std::uint64_t allocations_of_call(const Batch& batch) const {
    const Views views(batch);
    const std::vector<float> buffer(batch.prediction.size());
    const Stored<float> gradient(buffer, batch.samples, batch.outputs, Layout::contiguous);
    treino_loss_value value{};
    ErrorBuffer error;
    const std::uint64_t before = allocations();
    const treino_status status = plugin_.loss->evaluate(instance_.self(), views.prediction(), views.target(), views.weights(),
                                                        gradient.view(), &value, error.get());
    const std::uint64_t made = allocations() - before;
    error.check(status);
    return made;
  }

  std::uint32_t takes = 0;
  bool independent = false;

 private:
  const PluginUnderTest& plugin_;
  Instance instance_;
};

}  // namespace treino::conformance
