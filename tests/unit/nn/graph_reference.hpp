// Networks of any shape in double, sample by sample, by plain loops over who reads whom: what the engine's forward and backward are
// held against.
#pragma once
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "nn_helpers.hpp"

namespace treino::nn::test {

class Reference {
 public:
  /// With the model's parameters as they are now; `layers` are what it was built from.
  Reference(Model& model, std::vector<LayerSpec> layers);

  /// Of one sample: the last layer's, or another's.
  std::vector<double> output(const float* input) const { return output(input, layers_.size() - 1); }
  std::vector<double> output(const float* input, std::size_t layer) const;

  /// From now on loss() counts this layer's output too, times `probe`.
  void add_probe(std::size_t layer, const std::vector<float>& probe) { further_.emplace_back(layer, probe); }

  /// The sum of probe * output over all samples.
  double loss(const std::vector<float>& input, const std::vector<float>& probe, std::int64_t batch) const;

  /// d(loss)/d(an element of a parameter), by central differences.
  double gradient(const std::string& parameter, std::size_t element, const std::vector<float>& input,
                  const std::vector<float>& probe, std::int64_t batch);

 private:
  using Values = std::vector<double>;
  Values value_of(std::size_t layer, const std::vector<Values>& inputs) const;
  Values dense(std::size_t layer, const Values& x) const;
  Values conv2d(std::size_t layer, const Values& x) const;
  Values max_pool(std::size_t layer, const Values& x) const;
  Values concat(std::size_t layer, const std::vector<Values>& inputs) const;
  Values permute(std::size_t layer, const Values& x) const;
  const Shape& shape_before(std::size_t layer, std::size_t input = 0) const;

  std::vector<LayerSpec> layers_;
  std::vector<LayerInfo> infos_;
  Shape input_;
  std::map<std::string, Values> parameters_;
  std::vector<std::pair<std::size_t, std::vector<float>>> further_;  // by layer
};

/// With inputs by name.
inline LayerSpec reads(LayerSpec spec, std::vector<std::string> inputs, const std::string& name = "") {
  spec.inputs = std::move(inputs);
  if (!name.empty()) spec.name = name;
  return spec;
}
inline LayerSpec named(LayerSpec spec, const std::string& name) {
  spec.name = name;
  return spec;
}

}  // namespace treino::nn::test
