// Compares what descriptions say that losses and metrics take with what the target column holds.
#include "train/plan/target_fault.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "data/number.hpp"
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

/// `own`: of a [[loss]], in place of the target in [data].
std::string with_kind(data::TargetKind kind, bool own) {
  const std::string setting = std::string("target_kind = \"") + name_of(kind) + '"';
  return own ? "say " + setting + " beside the target of [[loss]]" : "say [data] train = { ..., " + setting + " }";
}

/// Whether the classes have names, or labels that are texts: then they are no quantities.
bool have_names(const data::Dataset& data) {
  double ignored = 0.0;
  return std::any_of(data.class_names.begin(), data.class_names.end(),
                     [&](const std::string& name) { return data::parse_number(name, ignored) != data::NumberError::none; });
}

/// What to write in the manifest; empty where nothing there would help.
std::string fix(const PlannedPlugin& plugin, const data::Dataset& data, bool text, bool own) {
  using data::TargetKind;
  if (data.target_kind == TargetKind::values && takes(plugin, TargetKind::index) && !own && !class_hint(data, 1).empty())
    return class_hint(data, 1);
  if (data.target_kind == TargetKind::values && takes(plugin, TargetKind::index))
    return ". If the target column holds classes, " + with_kind(TargetKind::index, own);
  if (data.target_kind == TargetKind::one_hot && takes(plugin, TargetKind::index))
    return ". S" + with_kind(TargetKind::index, own).substr(1);
  if (data.target_kind == TargetKind::index && takes(plugin, TargetKind::one_hot) && !text)
    return ". S" + with_kind(TargetKind::one_hot, own).substr(1);
  if (data.target_kind == TargetKind::index && takes(plugin, TargetKind::one_hot))
    return ". If they are classes, " + with_kind(TargetKind::one_hot, own) + ", else name another column with target";
  if (text) return ". Name another column with target, or take a " + to_text(plugin.section.kind) + " of classes";
  if (data.target_kind == TargetKind::index && takes(plugin, TargetKind::values))
    return ". If the target column is a quantity, " + with_kind(TargetKind::values, own);
  return "";
}

void check_target(const PlannedPlugin& plugin, const data::Dataset& data, const std::string& label, bool own,
                  manifest::Faults& faults) {
  if (plugin.description == nullptr || takes(plugin, data.target_kind)) return;
  const std::string text = label.empty() ? "" : ", which are texts (" + label + ")";
  const std::string words = plugin.name() + " takes a target of " + manifest::enumerate(plugin.description->target) +
                            ", and the data have " + name_of(data.target_kind) + text + fix(plugin, data, have_names(data), own);
  faults.add(plugin.section.id.location, words);
}

}  // namespace

std::string class_hint(const data::Dataset& training, std::int64_t steps) {
  constexpr std::size_t few = 12;
  if (training.target_kind != data::TargetKind::values || training.target_width != steps) return "";
  const std::set<float> labels(training.values.begin(), training.values.end());
  const auto is_label = [](float value) { return value >= 0 && value <= 999999 && value == std::floor(value); };
  if (labels.empty() || !std::all_of(labels.begin(), labels.end(), is_label)) return "";
  std::string hint = std::string(". If the target column") + (steps == 1 ? " holds" : "s hold") +
                     " classes, say [data] train = { ..., target_kind = \"index\" }";
  if (labels.contains(0) || labels.size() > few) return hint;
  std::string names;
  for (const float label : labels)
    names += (names.empty() ? "\"" : ", \"") + std::to_string(static_cast<std::int64_t>(label)) + "\"";
  return hint + "; labels keep their number, so that 0 is a class too, unless they are named: class_names = [" + names + "]";
}

void check_targets(const Plan& plan, const data::Dataset& data, const std::string& text, manifest::Faults& faults) {
  const auto check = [&](const PlannedPlugin& plugin) {
    const std::optional<std::size_t> own = plan.target_of(plugin.section);
    if (!own)
      check_target(plugin, data, text, false, faults);
    else if (*own < data.targets.size())
      check_target(plugin, data.of_target(*own), "", true, faults);
  };
  check(plan.loss);
  for (const auto* plugins : {&plan.further_losses, &plan.metrics})
    for (const PlannedPlugin& plugin : *plugins) check(plugin);
}

}  // namespace treino::train
