// Counts outputs against classes; the sentences say which layer to change.
#include "train/plan/class_outputs.hpp"

#include <algorithm>

#include "base/counted.hpp"
#include "manifest/suggestion.hpp"
#include "nn/layers/layer_types.hpp"
#include "nn/topology.hpp"

namespace treino::train {

namespace {

/// Labels 1, 2, 3 are four classes, the first without a sample: who has not meant that names the three.
std::string hint_of_first_label(const data::Dataset& data, const std::vector<std::string>& given) {
  const auto first = std::min_element(data.classes.begin(), data.classes.end());
  if (!given.empty() || first == data.classes.end() || *first == 0 || data.class_names[0] != "0") return "";
  constexpr std::size_t few = 12;
  std::string names;
  for (auto i = static_cast<std::size_t>(*first); i < data.class_names.size(); ++i) {
    if (i - static_cast<std::size_t>(*first) == few) return "";
    names += (names.empty() ? "\"" : ", \"") + data.class_names[i] + "\"";
  }
  return ". Labels keep their number, so that 0 is a class too, though no label is below " +
         data.class_names[static_cast<std::size_t>(*first)] + ": where it is none, name the others with class_names = [" + names +
         "] in [data] train";
}

}  // namespace

std::size_t deciding_layer(const std::vector<nn::LayerSpec>& layers, const std::vector<nn::Shape>& shapes, std::size_t layer) {
  const nn::Topology topology = nn::topology_of(layers);
  const auto decides = [&](std::size_t before) {
    return before != nn::model_input && !nn::is_input(layers[before]) && shapes[before] == shapes[layer];
  };
  for (std::size_t before = topology.inputs[layer].front(); decides(before); before = topology.inputs[layer].front())
    layer = before;
  return layer;
}

std::string class_outputs_fault(std::int64_t outputs, const std::vector<std::string>& classes, bool all) {
  const auto number = static_cast<std::int64_t>(classes.size());
  const bool yes_or_no = outputs == 1 && number <= 2;
  if (classes.empty() || outputs == number || yes_or_no || (!all && outputs > number)) return "";
  std::string text = "the model has " + base::counted(outputs, "output", "outputs") + ", and the data have " +
                     (all ? "" : "at least ") + base::counted(classes.size(), "class", "classes") + " (" +
                     manifest::enumerate(classes, 10) + "): give it " + std::to_string(number) + (all ? "" : " or more") +
                     ", one for each class";
  if (outputs > number) text += ". Where the training data lack classes, name all of them with class_names in [data] train";
  return text;
}

void check_class_outputs(const Plan& plan, const std::vector<nn::Shape>& shapes, std::size_t layer, const data::Dataset& data,
                         bool all, manifest::Faults& faults) {
  if (shapes.size() != plan.layers.size() || shapes[layer].empty() || shapes[layer].size() > 2) return;
  const bool is_last = layer + 1 == shapes.size();
  std::string text = class_outputs_fault(shapes[layer].back(), data.class_names, all);
  if (text.empty()) return;
  if (plan.manifest.data.train) text += hint_of_first_label(data, plan.manifest.data.train->class_names);
  const std::size_t deciding = deciding_layer(plan.layers, shapes, layer) - plan.data_inputs();
  const manifest::TypedSection& section = plan.manifest.layers[deciding];
  const std::string of = is_last ? "" : "for the output \"" + nn::names_of(plan.layers)[layer] + "\", ";
  faults.add(section.type.location, "layer " + std::to_string(deciding + 1) + " " + section.type.value + ": " + of + text);
}

}  // namespace treino::train
