// Layers stand in an order in which each comes after those that it reads: so there are no cycles, and a name that comes later is a
// fault of its own.
#include "nn/topology.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/nearest.hpp"
#include "nn/layers/layer_types.hpp"

namespace treino::nn {
namespace {

class Resolver {
 public:
  explicit Resolver(const std::vector<LayerSpec>& layers) : layers_(layers), names_(names_of(layers)) {
    for (std::size_t i = 0; i < layers.size(); ++i) numbers_.emplace(names_[i], i);
    for (std::size_t i = 0; i < layers.size() && is_input(layers[i]); ++i) data_inputs_.push_back(names_[i]);
  }

  Topology resolve() {
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      check_name(i);
      result_.inputs.push_back(inputs_of(i));
      check_count(i);
    }
    // What a misspelled name was to read would look unread.
    if (result_.faults.empty()) check_readers();
    return result_;
  }

 private:
  using Input = std::optional<std::size_t>;
  ShapeError error(std::size_t layer, Input input, const std::string& text) const {
    const std::string what = is_data_input(layer) ? fmt::format("input \"{}\"", names_[layer]) : layers_[layer].type;
    return {layer, what + ": " + text, input};
  }
  void fault(std::size_t layer, Input input, const std::string& text) { result_.faults.push_back(error(layer, input, text)); }

  bool is_data_input(std::size_t layer) const { return layer < data_inputs_.size(); }
  /// As manifests count them.
  std::size_t shown_number(std::size_t layer) const { return layer + 1 - data_inputs_.size(); }

  void check_name(std::size_t layer) {
    const std::string& name = layers_[layer].name;
    if (name == model_input_name)
      result_.name_faults.push_back(error(layer, {}, fmt::format("the name \"{}\" is that of the model's input", name)));
    else if (const std::size_t first = numbers_.at(names_[layer]); first != layer && is_data_input(first))
      result_.name_faults.push_back(error(layer, {}, fmt::format("the name \"{}\" is that of an input of the data", name)));
    else if (first != layer)
      result_.name_faults.push_back(
          error(layer, {}, fmt::format("the name \"{}\" is layer {}'s already", name, shown_number(first))));
  }

  std::vector<std::size_t> inputs_of(std::size_t layer) {
    if (layers_[layer].inputs.empty()) return default_input(layer);
    std::vector<std::size_t> numbers;
    for (std::size_t k = 0; k < layers_[layer].inputs.size(); ++k) {
      const std::string& name = layers_[layer].inputs[k];
      const auto found = numbers_.find(name);
      if (name == model_input_name && data_inputs_.empty())
        numbers.push_back(model_input);
      else if (name == model_input_name)
        fault(layer, k, fmt::format("the data have inputs of their own names: {}", fmt::join(data_inputs_, ", ")));
      else if (found == numbers_.end())
        refuse_unknown(layer, k);
      else if (found->second == layer)
        fault(layer, k, fmt::format("it cannot read its own output \"{}\"", name));
      else if (found->second > layer)
        fault(layer, k,
              fmt::format("\"{}\" is layer {}, which comes later: a layer reads those that stand before it", name,
                          shown_number(found->second)));
      else
        numbers.push_back(found->second);
    }
    return numbers;
  }

  std::vector<std::size_t> default_input(std::size_t layer) {
    if (layer == 0 || is_data_input(layer)) return {model_input};
    if (layer > data_inputs_.size() || data_inputs_.size() == 1) return {layer - 1};
    fault(layer, {},
          fmt::format("the data have several inputs: inputs = [\"{}\"] says which it reads. There are: {}", data_inputs_.front(),
                      fmt::join(data_inputs_, ", ")));
    return {};
  }

  void refuse_unknown(std::size_t layer, std::size_t input) {
    const std::string& name = layers_[layer].inputs[input];
    std::vector<std::string> known;
    if (data_inputs_.empty()) known.push_back(model_input_name);
    known.insert(known.end(), names_.begin(), names_.begin() + static_cast<std::ptrdiff_t>(layer));
    const std::string* near = base::nearest(name, known);
    const std::string hint = near == nullptr ? "" : fmt::format(" Did you mean \"{}\"?", *near);
    fault(layer, input, fmt::format("there is no layer \"{}\".{} Before it are: {}", name, hint, fmt::join(known, ", ")));
  }

  void check_count(std::size_t layer) {
    const LayerType* type = find_layer_type(layers_[layer]);
    if (type == nullptr) return;
    const std::size_t count = std::max<std::size_t>(layers_[layer].inputs.size(), 1);
    if (count < type->least_inputs)
      fault(layer, {},
            fmt::format("takes at least {} inputs, not {}: inputs = [\"...\", \"...\"] names the layers that it reads",
                        type->least_inputs, count));
    else if (count > type->most_inputs && type->most_inputs == 1)
      fault(layer, {}, fmt::format("takes one input, not {}: join them before it with add, multiply or concat", count));
    else if (count > type->most_inputs)
      fault(layer, {}, fmt::format("takes at most {} inputs, not {}", type->most_inputs, count));
  }

  void check_readers() {
    std::vector<bool> read(layers_.size());
    for (const std::vector<std::size_t>& inputs : result_.inputs)
      for (const std::size_t input : inputs)
        if (input != model_input) read[input] = true;
    for (std::size_t i = 0; i + 1 < layers_.size(); ++i) read[i] = read[i] || layers_[i].is_output;
    for (std::size_t i = 0; i + 1 < layers_.size(); ++i)
      if (!read[i] && is_data_input(i))
        fault(i, {}, "no layer reads it: name it among the inputs of one, or leave it out");
      else if (!read[i])
        fault(i, {},
              fmt::format("no layer reads its output: name \"{}\" among the inputs of one that follows, or leave it out",
                          names_[i]));
  }

  const std::vector<LayerSpec>& layers_;
  const std::vector<std::string> names_;
  std::vector<std::string> data_inputs_;        // the first of the layers
  std::map<std::string, std::size_t> numbers_;  // the first of each name
  Topology result_;
};

}  // namespace

std::vector<std::string> names_of(const std::vector<LayerSpec>& layers) {
  const auto is_given = [&](const std::string& name) {
    return std::ranges::any_of(layers, [&](const LayerSpec& layer) { return layer.name == name; });
  };
  std::map<std::string, int> numbers;
  std::vector<std::string> names;
  for (const LayerSpec& layer : layers) {
    std::string name = layer.name;
    std::string type = layer.type;
    std::ranges::replace(type, '/', '_');  // of a plugin's namespace; in parameters' names it ends the layer's
    while (name.empty() || (layer.name.empty() && is_given(name))) name = fmt::format("{}_{}", type, ++numbers[type]);
    names.push_back(std::move(name));
  }
  return names;
}

Topology topology_of(const std::vector<LayerSpec>& layers) { return Resolver(layers).resolve(); }

bool branches(std::size_t layer, std::span<const std::size_t> inputs) {
  return inputs.size() != 1 || inputs.front() != (layer == 0 ? model_input : layer - 1);
}

}  // namespace treino::nn
