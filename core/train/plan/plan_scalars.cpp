// Which scalars a run will have, as far as descriptions tell, and whether callbacks name others.
#include <algorithm>

#include "manifest/placeholders.hpp"
#include "manifest/scalar_names.hpp"
#include "manifest/suggestion.hpp"
#include "train/plan/plan_parts.hpp"

namespace treino::train {

namespace {

using manifest::Faults;
using manifest::Location;

/// The names that monitors and placeholders may use, some with a `*` for what only the plugin knows.
struct Patterns {
  std::vector<std::string> texts;
  std::vector<bool> no_direction;  // of each: whether its plugin does not know which way is better

  void add(const std::string& text, bool undirected) {
    texts.push_back(text);
    no_direction.push_back(undirected);
  }
  /// Of a name that several plugins may mean, all of them have to say so.
  bool lacks_direction(const std::string& name) const {
    bool lacks = false;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      if (!manifest::fits(texts[i], name)) continue;
      if (!no_direction[i]) return false;
      lacks = true;
    }
    return lacks;
  }
};

Patterns number_patterns(const Plan& plan) {
  Patterns all;
  all.add("loss", false);
  for (const std::string& name : loss_scalars(plan)) all.add(name, false);
  for (const PlannedPlugin& metric : plan.metrics) {
    if (metric.description->only_tables) continue;
    std::vector<std::string> names = {metric.name(), metric.name() + "_*"};
    if (metric.name() == metric.section.id.value)
      names = metric.description->scalars.empty() ? std::vector<std::string>{metric.name()} : metric.description->scalars;
    for (const std::string& name : names) all.add(name, metric.description->no_direction);
  }
  if (plan.has_validation())
    for (std::size_t i = 0, own = all.texts.size(); i < own; ++i) all.add("val_" + all.texts[i], all.no_direction[i]);
  for (const PlannedPlugin& callback : plan.callbacks)
    for (const std::string& name : manifest::emitted(*callback.description, callback.parameters))
      all.add(name, callback.description->no_direction);
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
  faults.add(at, what + ": there is no scalar '" + name + "'." + manifest::suggestion(name, patterns) +
                     " This run has: " + manifest::enumerate(patterns));
}

bool names_what_is_there(const manifest::ParameterDescription& parameter, const std::string& text,
                         const std::vector<std::string>& patterns) {
  Faults ignored;
  const std::vector<std::string> names =
      parameter.type == "monitor" ? std::vector<std::string>{text} : manifest::placeholders(text, {}, ignored);
  return std::all_of(names.begin(), names.end(), [&](const std::string& name) {
    return std::any_of(patterns.begin(), patterns.end(),
                       [&](const std::string& pattern) { return manifest::fits(pattern, name); });
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

void check_scalars(const Plan& plan, Faults& faults) {
  const Patterns patterns = number_patterns(plan);
  for (const PlannedPlugin& callback : plan.callbacks) check_monitors(plan, callback, patterns.texts, faults);
  const auto lacks_direction = [&](const std::string& name) { return patterns.lacks_direction(name); };
  check_monitor_modes(plan, lacks_direction, faults);
}

}  // namespace treino::train
