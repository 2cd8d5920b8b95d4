// Compares what descriptions say that losses and metrics take with what the target column holds.
#include "train/plan/target_fault.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "data/formats/number.hpp"
#include "manifest/suggestion.hpp"

namespace treino::train {

namespace {

const char* name_of(data::TargetKind kind) {
  switch (kind) {
    case data::TargetKind::index:
      return "index";
    case data::TargetKind::one_hot:
      return "one_hot";
    case data::TargetKind::values:
      return "values";
    case data::TargetKind::none:
      break;
  }
  return "none";
}

bool takes(const PlannedPlugin& plugin, data::TargetKind kind) {
  const auto& taken = plugin.description->target;
  return std::find(taken.begin(), taken.end(), name_of(kind)) != taken.end();
}

std::string with_kind(data::TargetKind kind) {
  return std::string("say [data] train = { ..., target_kind = \"") + name_of(kind) + "\" }";
}

/// Whether the classes have names, or labels that are texts: then they are no quantities.
bool have_names(const data::Dataset& data) {
  double ignored = 0.0;
  return std::any_of(data.class_names.begin(), data.class_names.end(),
                     [&](const std::string& name) { return data::parse_number(name, ignored) != data::NumberError::none; });
}

/// What to write in the manifest; empty where nothing there would help.
std::string fix(const PlannedPlugin& plugin, const data::Dataset& data, bool text) {
  using data::TargetKind;
  if (data.target_kind == TargetKind::values && takes(plugin, TargetKind::index) && !class_hint(data).empty())
    return class_hint(data);
  if (data.target_kind == TargetKind::values && takes(plugin, TargetKind::index))
    return ". If the target column holds classes, " + with_kind(TargetKind::index);
  if (data.target_kind == TargetKind::one_hot && takes(plugin, TargetKind::index))
    return ". S" + with_kind(TargetKind::index).substr(1);
  if (data.target_kind == TargetKind::index && takes(plugin, TargetKind::one_hot) && !text)
    return ". S" + with_kind(TargetKind::one_hot).substr(1);
  if (data.target_kind == TargetKind::index && takes(plugin, TargetKind::one_hot))
    return ". If they are classes, " + with_kind(TargetKind::one_hot) + ", else name another column with target";
  if (text) return ". Name another column with target, or take a " + to_text(plugin.section.kind) + " of classes";
  if (data.target_kind == TargetKind::index && takes(plugin, TargetKind::values))
    return ". If the target column is a quantity, " + with_kind(TargetKind::values);
  return "";
}

void check_target(const PlannedPlugin& plugin, const data::Dataset& data, const std::string& label, manifest::Faults& faults) {
  if (plugin.description == nullptr || takes(plugin, data.target_kind)) return;
  const std::string text = label.empty() ? "" : ", which are texts (" + label + ")";
  const std::string words = plugin.name() + " takes a target of " + manifest::enumerate(plugin.description->target) +
                            ", and the data have " + name_of(data.target_kind) + text + fix(plugin, data, have_names(data));
  faults.add(plugin.section.id.location, words);
}

}  // namespace

std::string class_hint(const data::Dataset& training) {
  constexpr std::size_t few = 12;
  if (training.target_kind != data::TargetKind::values || training.target_width != 1) return "";
  const std::set<float> labels(training.values.begin(), training.values.end());
  const auto is_label = [](float value) { return value >= 0 && value <= 999999 && value == std::floor(value); };
  if (labels.empty() || !std::all_of(labels.begin(), labels.end(), is_label)) return "";
  std::string hint = ". If the target column holds classes, say [data] train = { ..., target_kind = \"index\" }";
  if (labels.contains(0) || labels.size() > few) return hint;
  std::string names;
  for (const float label : labels)
    names += (names.empty() ? "\"" : ", \"") + std::to_string(static_cast<std::int64_t>(label)) + "\"";
  return hint + "; labels keep their number, so that 0 is a class too, unless they are named: class_names = [" + names + "]";
}

void check_targets(const Plan& plan, const data::Dataset& data, const std::string& text, manifest::Faults& faults) {
  check_target(plan.loss, data, text, faults);
  for (const PlannedPlugin& metric : plan.metrics) check_target(metric, data, text, faults);
}

}  // namespace treino::train
