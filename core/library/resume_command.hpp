// How the program is told to continue a run.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "train/plan/plan.hpp"

namespace treino::library {

/// As a shell takes it, with what the run's folder does not tell, or would not be believed in.
std::string resume_command(const train::Plan& plan, const std::filesystem::path& folder,
                           const std::vector<std::filesystem::path>& plugin_folders);

}  // namespace treino::library
