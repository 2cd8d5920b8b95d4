// Who writes which file of a run: no two write one, and nobody writes what the run reads or keeps for itself.
#pragma once
#include <sys/types.h>

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace treino::host {

/// Files are the same where their paths are, links and dots resolved, or where they are one file under two names (hard links).
/// Placeholders stand for themselves.
class Outputs {
 public:
  /// What the run reads, or keeps for itself: "the training data". The first word on a file counts.
  void reserve(const std::filesystem::path& path, const std::string& what);
  /// The same for a file that is written; where it is taken, nothing, and what it is.
  std::optional<std::string> claim(const std::filesystem::path& path, const std::string& what);
  /// What a file is, where it is known.
  std::optional<std::string> owner(const std::filesystem::path& path) const;

 private:
  std::unordered_map<std::string, std::string> by_path_;
  std::map<std::pair<dev_t, ino_t>, std::string> by_inode_;
};

}  // namespace treino::host
