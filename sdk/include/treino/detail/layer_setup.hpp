// What a layer is told and asks for before a model is built of it: a part of treino/layer.hpp.
#pragma once
#include <treino/abi/draft/layer.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <stdexcept>
#include <string>
#include <treino/detail/shape.hpp>
#include <treino/plugin.hpp>
#include <utility>
#include <vector>

namespace treino {
inline namespace sdk0 {

/// How a parameter is drawn at first: a name that `treino describe dense` lists under initializer, and what multiplies it.
struct Initializer {
  std::string name = "glorot_uniform";
  double gain = 1;
  /// How many inputs feed one output, and how many outputs one input feeds; 0: as the shape says, whose last axis is the outputs.
  std::int64_t fan_in = 0, fan_out = 0;

  Initializer(const char* initializer, double initial_gain = 1) : name(initializer), gain(initial_gain) {}
  Initializer(std::string initializer, double initial_gain = 1) : name(std::move(initializer)), gain(initial_gain) {}
  Initializer& fans(std::int64_t in, std::int64_t out) {
    fan_in = in;
    fan_out = out;
    return *this;
  }
};

/// What the host does about a parameter's size, so that backward() need not: l1 * sum |w| + l2 * sum w^2 count in the loss, and after
/// each step columns (along the last axis, the outputs) with a larger Euclidean norm than max_norm are scaled down to it. 0: nothing.
struct Regularizer {
  double l1 = 0, l2 = 0, max_norm = 0;
};

/// What prepare() is told, and what it asks for.
class LayerSetup {
 public:
  /// Number of layers that this one reads, and the shape of a sample of each.
  std::size_t inputs() const { return inputs_.size(); }
  const Shape& input(std::size_t index = 0) const { return inputs_.at(index); }

  /// Adds a parameter that learns. Returns its number, by which parameter() and parameter_gradient() find it.
  std::size_t parameter(const std::string& name, const Shape& shape, const Initializer& initializer = "glorot_uniform") {
    return add({name, shape, initializer, {}, true, {}});
  }
  /// Adds one that begins with these values.
  std::size_t parameter(const std::string& name, const Shape& shape, std::vector<float> values) {
    return add({name, shape, "zeros", std::move(values), true, {}});
  }
  /// Adds values that are a part of the model, and do not learn.
  std::size_t constant(const std::string& name, const Shape& shape, std::vector<float> values) {
    return add({name, shape, "zeros", std::move(values), false, {}});
  }
  /// Penalizes or limits a parameter that learns, by its number.
  void regularize(std::size_t parameter, const Regularizer& regularizer) { parameters_.at(parameter).regularizer = regularizer; }
  /// Asks for so many numbers for each sample, which backward() finds as forward() has left them.
  void workspace(std::int64_t numbers) { workspace_ = numbers; }
  /// Says that backward() reads the output.
  void keep_output() { keeps_output_ = true; }
  /// Says that backward() does not read the inputs: their memory is others' then.
  void release_inputs() { keeps_inputs_ = false; }
  /// Says how many operations a sample's forward takes, for reports: additions, multiplications, divisions and comparisons.
  void operations(std::int64_t number) { operations_ = number; }
  /// Says what the output is, to a loss, where no layer follows: probabilities of classes that exclude each other, or of
  /// independent ones.
  void gives_probabilities(bool independent = false) {
    prediction_ = TREINO_PREDICTION_PROBABILITIES;
    independent_ = independent;
  }

 private:
  template <class, class>
  friend struct detail::Kind;
  template <class>
  friend class LayerPass;
  struct Parameter {
    std::string name;
    Shape shape;
    Initializer initializer;
    std::vector<float> values;
    bool learns;
    Regularizer regularizer;
  };

  std::size_t add(Parameter parameter) {
    if (!parameter.values.empty() && static_cast<std::int64_t>(parameter.values.size()) != parameter.shape.size())
      throw std::invalid_argument("parameter '" + parameter.name + "' has shape " + parameter.shape.text() + " and " +
                                  std::to_string(parameter.values.size()) + " values");
    parameters_.push_back(std::move(parameter));
    return parameters_.size() - 1;
  }

  void show(const Parameter& parameter) {
    const Shape& shape = parameter.shape;
    const std::int64_t last = shape.rank() == 0 || shape.back() == 0 ? 1 : shape.back();
    const auto fan = [](std::int64_t given, std::int64_t found) { return given > 0 ? given : found > 0 ? found : 1; };
    treino_layer_parameter shown{};
    shown.name = parameter.name.c_str();
    shown.shape = shape.data();
    shown.initializer = parameter.initializer.name.c_str();
    shown.values = parameter.values.empty() ? nullptr : parameter.values.data();
    shown.gain = parameter.initializer.gain;
    shown.fan_in = fan(parameter.initializer.fan_in, shape.size() / last);
    shown.fan_out = fan(parameter.initializer.fan_out, last);
    shown.rank = static_cast<std::uint32_t>(shape.rank());
    shown.learns = parameter.learns ? 1 : 0;
    shown_.push_back(shown);
  }

  void fill(treino_layer_plan& plan) {
    shown_.clear();
    regularizers_.clear();
    for (const Parameter& parameter : parameters_) {
      show(parameter);
      regularizers_.push_back({parameter.regularizer.l1, parameter.regularizer.l2, parameter.regularizer.max_norm});
    }
    plan.output_rank = static_cast<std::uint32_t>(output_.rank());
    plan.output_shape = output_.data();
    plan.parameters = shown_.data();
    plan.regularizers = regularizers_.data();
    plan.parameter_count = static_cast<std::uint32_t>(shown_.size());
    plan.workspace = workspace_;
    plan.operations = operations_;
    plan.reads_inputs = keeps_inputs_ ? 1 : 0;
    plan.reads_output = keeps_output_ ? 1 : 0;
    plan.prediction = prediction_;
    plan.independent = independent_ ? 1 : 0;
  }

  std::vector<Shape> inputs_;
  Shape output_;
  std::deque<Parameter> parameters_;
  std::vector<treino_layer_parameter> shown_;
  std::vector<treino_layer_regularizer> regularizers_;
  std::int64_t workspace_ = 0, operations_ = 0;
  std::uint32_t prediction_ = TREINO_PREDICTION_VALUES;
  bool keeps_inputs_ = true, keeps_output_ = false, independent_ = false;
};

}  // namespace sdk0
}  // namespace treino
