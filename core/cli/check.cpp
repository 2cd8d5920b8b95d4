// treino check: everything that can be known before a run, and the order of its callbacks.
#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/text.hpp"
#include "host/library/event_names.hpp"
#include "train/initial_weights.hpp"
#include "train/plan/plan.hpp"

namespace treino::cli {

namespace {

std::string model_table(const train::Plan& plan) {
  std::vector<std::vector<std::string>> rows = {{"layer", "output"}};
  if (plan.input) rows.push_back({"input", nn::to_text(*plan.input)});
  for (std::size_t i = 0; i < plan.layers.size(); ++i)
    rows.push_back(
        {fmt::format("{} {}", i + 1, plan.layers[i].type), i < plan.shapes.size() ? nn::to_text(plan.shapes[i]) : "?"});
  return table(rows, true, screen_width());
}

std::string order_table(const train::Plan& plan) {
  std::vector<std::vector<std::string>> rows = {{"event", "received by, in this order"}};
  for (const host::Event& event : host::events()) {
    std::string names;
    for (const train::PlannedPlugin& callback : plan.callbacks)
      for (const std::string& wanted : callback.description->events)
        if (wanted == event.name) names += (names.empty() ? "" : ", ") + callback.name();
    if (!names.empty()) rows.push_back({std::string(event.name), names});
  }
  return rows.size() == 1 ? "" : table(rows, true, screen_width());
}

std::string list(const std::vector<train::PlannedPlugin>& plugins) {
  std::string text;
  for (const train::PlannedPlugin& plugin : plugins) text += (text.empty() ? "" : ", ") + plugin.name();
  return text.empty() ? "none" : text;
}

}  // namespace

int check(const CommonOptions& common, const std::filesystem::path& manifest) {
  manifest::Faults faults;
  const train::Plan plan = train::make_plan({manifest, common.settings, common.plugin_folders}, faults);
  train::check_data_heads(plan, faults);
  train::check_initial_weights(plan, faults);
  if (!faults.empty()) throw manifest::ManifestError(faults);
  std::string text = fmt::format("{}: no fault found\n\n", manifest.string());
  text += model_table(plan) + "\n";
  text += fmt::format("optimizer   {}, learning rate {}\nloss        {}\nmetrics     {}\nschedulers  {}\n\n", plan.optimizer.type,
                      exact(plan.manifest.learning_rate.value), plan.loss.name(), list(plan.metrics), list(plan.schedulers));
  text += order_table(plan);
  for (const std::string& note : plan.catalogue->take_notes()) text += "\n" + note + "\n";
  print(text);
  return exit_success;
}

}  // namespace treino::cli
