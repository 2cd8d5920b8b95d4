// Creates a run's plugins in the order in which they depend on each other, and holds what they say against the manifest.
#pragma once
#include <string>
#include <vector>

#include "train/plan/plan.hpp"

namespace treino::train {

class Run;

/// The loss and the metrics, then the optimizer, then schedulers, then callbacks. Throws manifest::ManifestError with a place in the manifest, or
/// host::CallError.
void create_plugins(Run& run);

/// From here on plugins can make the plugins that stand in their parameters.
void create_children_from(Run& run);

/// One of them.
host::Instance& create_plugin(Run& run, const PlannedPlugin& plugin);

/// Throws `text` with the plugin's place in the manifest.
[[noreturn]] void refuse(const PlannedPlugin& plugin, const std::string& text);

/// What a plugin says against its parameters, the data or the model is said with its place in the manifest.
template <class Function>
decltype(auto) in_manifest(const PlannedPlugin& plugin, Function&& function) {
  try {
    return function();
  } catch (const host::CallError& failure) {
    refuse(plugin, failure.what());
  }
}

/// The same where it is one of several plugins that says it.
template <class Function>
void naming_one_of(const std::vector<PlannedPlugin>& plugins, Function&& function) {
  try {
    function();
  } catch (const host::CallError& failure) {
    for (const PlannedPlugin& plugin : plugins)
      if (plugin.name() == failure.instance()) refuse(plugin, failure.what());
    throw;
  }
}

}  // namespace treino::train
