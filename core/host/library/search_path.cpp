// Folders in order of precedence, each once, whatever names lead to it.
#include "host/library/search_path.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>

namespace treino::host {
namespace {

std::vector<std::filesystem::path> from_environment() {
  const char* variable = std::getenv("TREINO_PLUGIN_PATH");
  std::istringstream text(variable == nullptr ? "" : variable);
  std::vector<std::filesystem::path> folders;
  for (std::string folder; std::getline(text, folder, ':');)
    if (!folder.empty()) folders.emplace_back(folder);
  return folders;
}

/// As built and as installed. Where this code is in libtreino.so, the plugins are those beside that, whatever program has loaded it.
std::vector<std::filesystem::path> beside_the_program() {
  std::error_code error;
  std::vector<std::filesystem::path> folders;
  Dl_info own{};
  const bool found = dladdr(reinterpret_cast<const void*>(&search_path), &own) != 0 && own.dli_fname != nullptr;
  const auto library = found ? std::filesystem::canonical(own.dli_fname, error) : std::filesystem::path();
  if (!error && library.filename().string().starts_with("libtreino.so")) {
    const std::filesystem::path folder = library.parent_path();
    // Of lib, and of lib/x86_64-linux-gnu.
    folders = {folder / "plugins", folder / "treino/plugins", (folder / "../treino/plugins").lexically_normal()};
  } else {
    const std::filesystem::path folder = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
    if (!error) folders = {folder / "plugins", (folder / "../lib/treino/plugins").lexically_normal()};
  }
  return folders;
}

bool same_folder(const std::filesystem::path& one, const std::filesystem::path& other) {
  std::error_code error;
  return one == other || (std::filesystem::equivalent(one, other, error) && !error);
}

void append(std::vector<std::filesystem::path>& to, const std::vector<std::filesystem::path>& folders) {
  for (const auto& folder : folders) {
    const auto absolute = std::filesystem::absolute(folder).lexically_normal();
    if (std::none_of(to.begin(), to.end(), [&](const auto& known) { return same_folder(known, absolute); }))
      to.push_back(absolute);
  }
}

}  // namespace

std::vector<std::filesystem::path> search_path(const std::vector<std::filesystem::path>& from_command_line,
                                               const std::vector<std::filesystem::path>& from_manifest) {
  return finder_options(from_command_line, from_manifest, false).folders;
}

FinderOptions finder_options(const std::vector<std::filesystem::path>& from_command_line,
                             const std::vector<std::filesystem::path>& from_manifest, bool allow_unsafe_paths) {
  FinderOptions options{{}, allow_unsafe_paths};
  append(options.folders, from_command_line);
  append(options.folders, from_environment());
  append(options.folders, from_manifest);
  options.given = options.folders.size();
  append(options.folders, beside_the_program());
  return options;
}

}  // namespace treino::host
