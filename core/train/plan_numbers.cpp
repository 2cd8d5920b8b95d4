#include <algorithm>

#include "manifest/emits.hpp"
#include "train/plan_parts.hpp"

namespace treino::train {

namespace {

using manifest::Faults;
using manifest::Location;

/// The names that monitors and placeholders may use, some with a `*` for what only the plugin knows.
std::vector<std::string> number_patterns(const Plan& plan) {
  std::vector<std::string> own = {"loss"};
  for (const PlannedPlugin& metric : plan.metrics) {
    if (metric.description->only_tables) continue;
    if (metric.name() == metric.section.id.value) {
      const auto& emits = metric.description->emits;
      if (emits.empty()) own.push_back(metric.section.id.value);
      own.insert(own.end(), emits.begin(), emits.end());
    } else {
      own.push_back(metric.name());
      own.push_back(metric.name() + "_*");
    }
  }
  std::vector<std::string> all = own;
  if (plan.has_validation())
    for (const std::string& name : own) all.push_back("val_" + name);
  for (const PlannedPlugin& callback : plan.callbacks) {
    const auto names = manifest::emitted(*callback.description, callback.parameters);
    all.insert(all.end(), names.begin(), names.end());
  }
  return all;
}

void check_number(const Plan& plan, const std::vector<std::string>& patterns, const std::string& name, const Location& at,
                  const std::string& what, Faults& faults) {
  if (std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) { return manifest::fits(pattern, name); }))
    return;
  if (name.substr(0, 4) == "val_" && !plan.has_validation()) {
    faults.add(at, what + " is '" + name +
                       "', but there is no validation data: give [data] train a `validation = 0.2`, or monitor '" +
                       name.substr(4) + "'");
    return;
  }
  faults.add(at, what + ": there is no number '" + name + "'." + manifest::suggestion(name, patterns) +
                     " This run has: " + manifest::enumerate(patterns));
}

bool names_what_is_there(const manifest::ParameterDescription& parameter, const std::string& text,
                         const std::vector<std::string>& patterns) {
  Faults ignored;
  const std::vector<std::string> names =
      parameter.type == "monitor" ? std::vector<std::string>{text} : manifest::placeholders(text, {}, ignored);
  return std::all_of(names.begin(), names.end(), [&](const std::string& name) {
    return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) { return manifest::fits(pattern, name); });
  });
}

/// `patterns` of monitors; file names have counters besides.
void check_monitors(const Plan& plan, const PlannedPlugin& plugin, const std::vector<std::string>& patterns, Faults& faults) {
  std::vector<std::string> in_file_names = {"epoch", "batch", "step"};
  in_file_names.insert(in_file_names.end(), patterns.begin(), patterns.end());
  for (const manifest::Entry& entry : plugin.parameters) {
    const manifest::ParameterDescription* parameter = plugin.description->find(entry.key);
    const std::string* text = entry.value.as<std::string>();
    if (parameter == nullptr || text == nullptr) continue;
    const Location& at =
        entry.value.location.line == 0 && entry.value.location.file.empty() ? plugin.section.id.location : entry.value.location;
    const std::string what = plugin.name() + "'s " + entry.key;
    if (entry.value.secret && (parameter->type == "monitor" || parameter->placeholders)) {
      // Whatever is wrong with it is told without its value.
      if (!names_what_is_there(*parameter, *text, parameter->placeholders ? in_file_names : patterns))
        faults.add(at, what + ": \"" + entry.value.original + "\" does not name a number of this run");
      continue;
    }
    if (parameter->type == "monitor") check_number(plan, patterns, *text, at, what, faults);
    if (!parameter->placeholders) continue;
    Faults bad_form;  // complete() has reported those
    for (const std::string& name : manifest::placeholders(*text, at, bad_form))
      check_number(plan, in_file_names, name, at, what, faults);
  }
}

}  // namespace

void check_numbers(const Plan& plan, Faults& faults) {
  const std::vector<std::string> patterns = number_patterns(plan);
  for (const PlannedPlugin& callback : plan.callbacks) check_monitors(plan, callback, patterns, faults);
}

}  // namespace treino::train
