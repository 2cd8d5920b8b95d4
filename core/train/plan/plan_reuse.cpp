// The manifest of a run's folder, planned again: what is needed of it after training.
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "manifest/reading.hpp"
#include "train/plan/plan_parts.hpp"
#include "train/plan/recorded_plugins.hpp"

namespace treino::train {

namespace {

namespace fs = std::filesystem;
using manifest::Kind;
using manifest::Table;
using Purpose = PlanOptions::Purpose;

/// The events of each callback, by its name.
std::map<std::string, std::vector<std::string>> recorded_events(const fs::path& folder) {
  std::map<std::string, std::vector<std::string>> result;
  each_recorded(folder, [&](const nlohmann::json& plugin, const auto& text) {
    const auto events = plugin.find("events");
    if (manifest::kind_named(text(plugin, "kind")) != Kind::callback || events == plugin.end() || !events->is_array()) return;
    std::vector<std::string>& of_this = result[text(plugin, "name")];
    for (const nlohmann::json& event : *events)
      if (event.is_string()) of_this.push_back(event.get<std::string>());
  });
  return result;
}

bool receives(const std::vector<std::string>& events, Purpose purpose) {
  const std::string prefix = purpose == Purpose::evaluation ? "test_" : "predict_";
  return std::any_of(events.begin(), events.end(), [&](const std::string& event) { return event.rfind(prefix, 0) == 0; });
}

}  // namespace

manifest::Reuse reuse_for(const PlanOptions& options) {
  manifest::Reuse reuse;
  reuse.trusted = options.trusted;
  reuse.recorded = options.recorded;
  reuse.own_loop = options.own_loop.has_value();
  reuse.in_memory = {options.in_memory.train != nullptr, options.in_memory.validation != nullptr,
                     options.in_memory.test != nullptr};
  if (options.purpose == Purpose::training) return reuse;
  reuse.data_files = reuse.optimizer = false;
  const auto events = recorded_events(std::filesystem::absolute(options.manifest).parent_path());
  reuse.leaves_out = [events, purpose = options.purpose](Kind kind, const Table& table) {
    if (kind != Kind::callback) return kind == Kind::scheduler || purpose == Purpose::prediction;
    const auto recorded = events.find(manifest::get<std::string>(table, "name"));
    return recorded != events.end() && !receives(recorded->second, purpose);
  };
  return reuse;
}

}  // namespace treino::train
