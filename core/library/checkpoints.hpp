// The checkpoints in a run's folder: which one a run continues from.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "host/session/log.hpp"
#include "train/progress.hpp"
#include "train/run/run_folder.hpp"

namespace treino::library {

/// Full checkpoints of the run.
struct Checkpoints {
  std::optional<std::filesystem::path> newest;
  train::Position reached;
  std::vector<std::string> damaged;  // a sentence for each file that cannot be read
};

Checkpoints find_checkpoints(const train::RunFolder& folder);

/// The checkpoint to continue from; none where nothing was saved. Damaged ones are named, and passed over for another; where there
/// is no other, the run does not begin again unasked. Throws std::runtime_error.
std::optional<std::filesystem::path> checkpoint_to_resume(const train::RunFolder& folder, host::Log& log);

/// A run that begins again does not meet its old checkpoints: callbacks would take them for another run's. They are kept.
void set_checkpoints_aside(const train::RunFolder& folder, host::Log& log);

}  // namespace treino::library
