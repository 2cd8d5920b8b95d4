#include "cli/trained.hpp"

namespace treino::cli {

std::unique_ptr<train::Trainer> load_trained(const CommonOptions& common, const std::filesystem::path& folder,
                                             const std::optional<std::filesystem::path>& weights, host::Log& log) {
  const std::filesystem::path path = std::filesystem::absolute(folder).lexically_normal();
  if (!std::filesystem::exists(path / "manifest.toml"))
    throw std::runtime_error(path.string() + ": holds no manifest.toml, so it is not a run's folder");
  const std::filesystem::path file = weights.value_or(path / "model.safetensors");
  if (!std::filesystem::exists(file))
    throw std::runtime_error(file.string() + ": is not there" +
                             (weights ? "" : "; the run has not ended yet (a checkpoint can be given with --weights)"));
  auto trainer = std::make_unique<train::Trainer>(
      train::make_plan({path / "manifest.toml", common.settings, common.plugin_folders}), path, log);
  trainer->load_weights(file);
  return trainer;
}

}  // namespace treino::cli
