#include "train/class_outputs.hpp"

namespace treino::train {

namespace {

std::string counted(std::size_t number, const char* one, const char* several) {
  return std::to_string(number) + " " + (number == 1 ? one : several);
}

}  // namespace

std::size_t deciding_layer(const std::vector<nn::Shape>& shapes) {
  std::size_t layer = shapes.size() - 1;
  while (layer > 0 && shapes[layer] == shapes[layer - 1]) --layer;
  return layer;
}

std::string class_outputs_fault(std::int64_t outputs, const std::vector<std::string>& classes, bool all) {
  const auto number = static_cast<std::int64_t>(classes.size());
  const bool yes_or_no = outputs == 1 && number <= 2;
  if (classes.empty() || outputs == number || yes_or_no || (!all && outputs > number)) return "";
  std::string text = "the model has " + counted(static_cast<std::size_t>(outputs), "output", "outputs") + ", and the data have " +
                     (all ? "" : "at least ") + counted(classes.size(), "class", "classes") + " (" +
                     manifest::enumerate(classes, 10) + "): give it " + std::to_string(number) + (all ? "" : " or more") +
                     ", one for each class";
  if (outputs > number) text += ". Where the training data lack classes, name all of them with class_names in [data] train";
  return text;
}

void check_class_outputs(const Plan& plan, const std::vector<nn::Shape>& shapes, const std::vector<std::string>& classes,
                         bool all, manifest::Faults& faults) {
  if (shapes.empty() || shapes.back().size() != 1 || shapes.size() > plan.manifest.layers.size()) return;
  const std::string text = class_outputs_fault(shapes.back()[0], classes, all);
  if (text.empty()) return;
  const std::size_t layer = deciding_layer(shapes);
  const manifest::TypedSection& section = plan.manifest.layers[layer];
  faults.add(section.type.location, "layer " + std::to_string(layer + 1) + " " + section.type.value + ": " + text);
}

}  // namespace treino::train
