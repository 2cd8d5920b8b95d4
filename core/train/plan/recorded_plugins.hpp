// What plugins.json in a run's folder tells of the plugins that the run had.
#pragma once
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

namespace treino::train {

/// Discarded where there is no such file, or what it holds is no JSON.
inline nlohmann::json recorded_plugins(const std::filesystem::path& folder) {
  std::ifstream file(folder / "plugins.json");
  return nlohmann::json::parse(file, nullptr, false);
}

/// Calls visit(plugin, text) for each plugin of plugins.json; text(plugin, key) gives the string of a key, "" where there is none.
template <class Visit>
void each_recorded(const std::filesystem::path& folder, Visit visit) {
  const nlohmann::json plugins = recorded_plugins(folder);
  if (!plugins.is_array()) return;
  const auto text = [](const nlohmann::json& plugin, const char* key) {
    const auto found = plugin.find(key);
    return found != plugin.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  for (const nlohmann::json& plugin : plugins)
    if (plugin.is_object()) visit(plugin, text);
}

}  // namespace treino::train
