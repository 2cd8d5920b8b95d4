#include "cli/trained.hpp"

#include <algorithm>

namespace treino::cli {

namespace {

/// Callbacks that have nothing to do after training are left out, and what they need with them (a password in the environment).
bool hears_more_than_training(const train::PlannedPlugin& callback) {
  const auto& events = callback.description->events;
  return std::any_of(events.begin(), events.end(),
                     [](const std::string& event) { return event.rfind("test_", 0) == 0 || event.rfind("predict_", 0) == 0; });
}

}  // namespace

std::unique_ptr<train::Trainer> load_trained(const CommonOptions& common, const std::filesystem::path& folder,
                                             const std::optional<std::filesystem::path>& weights, host::Log& log) {
  const std::filesystem::path path = std::filesystem::absolute(folder).lexically_normal();
  if (!std::filesystem::exists(path / "manifest.toml"))
    throw std::runtime_error(path.string() + ": holds no manifest.toml, so it is not a run's folder");
  const std::filesystem::path file = weights.value_or(path / "model.safetensors");
  if (!std::filesystem::exists(file))
    throw std::runtime_error(file.string() + ": is not there" +
                             (weights ? "" : "; the run has not ended yet (a checkpoint can be given with --weights)"));
  train::Plan plan = train::make_plan({path / "manifest.toml", common.settings, common.plugin_folders});
  std::erase_if(plan.callbacks, [](const auto& callback) { return !hears_more_than_training(callback); });
  auto trainer = std::make_unique<train::Trainer>(std::move(plan), path, log, nn::InitialValues::zero);
  trainer->load_weights(file);
  return trainer;
}

}  // namespace treino::cli
