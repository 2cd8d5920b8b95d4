// Where plugins are looked for, in which order: the command line before the environment, the manifest and the installation.
#pragma once
#include <cstddef>
#include <filesystem>
#include <limits>
#include <vector>

namespace treino::host {

struct FinderOptions {
  std::vector<std::filesystem::path> folders;  // first come, first searched
  bool allow_unsafe_paths = false;
  /// So many of the folders were named for this run; those after them are the installation.
  std::size_t given = std::numeric_limits<std::size_t>::max();
};

/// `--plugin-path` folders, $TREINO_PLUGIN_PATH (colon-separated), the manifest's, then <program's folder>/plugins and
/// <program's folder>/../lib/treino/plugins. Duplicates (same folder by device and inode) are dropped.
std::vector<std::filesystem::path> search_path(const std::vector<std::filesystem::path>& from_command_line,
                                               const std::vector<std::filesystem::path>& from_manifest);
/// The same, for find_plugins() and Catalogue.
FinderOptions finder_options(const std::vector<std::filesystem::path>& from_command_line,
                             const std::vector<std::filesystem::path>& from_manifest, bool allow_unsafe_paths);

}  // namespace treino::host
