// Looks at every file that may be a checkpoint, and prefers the one that got furthest.
#include "library/checkpoints.hpp"

#include <stdexcept>
#include <utility>

#include "train/checkpoint/checkpoint_format.hpp"

namespace treino::library {

Checkpoints find_checkpoints(const train::RunFolder& folder) {
  Checkpoints found;
  for (const std::filesystem::path& path : folder.checkpoints()) {
    try {
      const auto position = train::checkpoint::position_in(path);
      if (!position) continue;
      if (found.newest && std::pair(position->epoch, position->batch) <= std::pair(found.reached.epoch, found.reached.batch))
        continue;
      found.newest = path;
      found.reached = *position;
    } catch (const std::exception& error) {
      found.damaged.push_back(error.what());
    }
  }
  return found;
}

std::optional<std::filesystem::path> checkpoint_to_resume(const train::RunFolder& folder, host::Log& log) {
  const Checkpoints found = find_checkpoints(folder);
  if (!found.newest && !found.damaged.empty()) {
    std::string text;
    for (const std::string& damaged : found.damaged) text += damaged + "; ";
    throw std::runtime_error(
        text + folder.path().string() +
        ": no checkpoint is left to continue from; `treino resume --restart` begins again from the first epoch");
  }
  for (const std::string& damaged : found.damaged) log.message(host::Log::Level::warning, "", damaged + "; looking for another");
  return found.newest;
}

void set_checkpoints_aside(const train::RunFolder& folder, host::Log& log) {
  for (const std::filesystem::path& path : folder.checkpoints()) {
    bool whole = true;
    try {
      if (!train::checkpoint::position_in(path)) continue;  // weights alone
    } catch (const std::exception&) {
      whole = false;
    }
    const std::string relative = path.lexically_relative(folder.path()).string();
    if (relative.rfind("..", 0) == 0) continue;
    std::filesystem::rename(path, path.string() + ".old");
    log.message(host::Log::Level::info, "", relative + (whole ? "" : ", which is damaged,") + " is kept as " + relative + ".old");
  }
}

}  // namespace treino::library
