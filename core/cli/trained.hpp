// A finished run's model, built again for evaluate and predict.
#pragma once
#include <filesystem>
#include <memory>
#include <optional>

#include "cli/commands.hpp"
#include "train/trainer.hpp"

namespace treino::cli {

/// Throws what the parts throw; std::runtime_error where `folder` is no run's or holds no model yet.
std::unique_ptr<train::Trainer> load_trained(const CommonOptions& common, const std::filesystem::path& folder,
                                             const std::optional<std::filesystem::path>& weights, host::Log& log);

}  // namespace treino::cli
