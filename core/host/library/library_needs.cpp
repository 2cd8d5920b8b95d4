// Looks where the dynamic linker would look, without asking it: dlopen would run code.
#include "host/library/library_needs.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <sstream>

#include "base/text.hpp"

namespace treino::host {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, ':');)
    if (!part.empty()) parts.push_back(part);
  return parts;
}

bool names_origin(const std::string& entry) { return entry.find("ORIGIN") != std::string::npos; }

/// The names stand in the linker's cache as zero-terminated strings, whatever its version.
bool names_library(const std::string& cache, const std::string& library) {
  const std::string name = library + '\0';
  for (std::size_t at = cache.find(name); at != std::string::npos; at = cache.find(name, at + 1))
    if (at == 0 || cache[at - 1] == '\0' || cache[at - 1] == '/') return true;
  return false;
}

bool in_system_folders(const std::string& library) {
  std::error_code ignored;
  for (const char* folder : {"/lib64", "/usr/lib64", "/lib", "/usr/lib", "/lib/x86_64-linux-gnu", "/lib/aarch64-linux-gnu"})
    if (fs::exists(fs::path(folder) / library, ignored)) return true;
  return false;
}

/// Asked of the same few libraries for every plugin, so results are kept: of the process, whose runs may begin at once.
bool is_installed(const std::string& library) {
  static const std::string cache = [] {
    std::ifstream file("/etc/ld.so.cache", std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  }();
  static std::mutex mutex;
  static std::map<std::string, bool> known;
  const std::lock_guard lock(mutex);
  const auto [entry, unknown] = known.emplace(library, false);
  if (unknown) entry->second = names_library(cache, library) || in_system_folders(library);
  return entry->second;
}

}  // namespace

std::vector<fs::path> companion_folders(const std::string& run_path, const fs::path& library) {
  std::error_code ignored;
  const std::string folder = fs::canonical(library, ignored).parent_path().string();
  std::vector<fs::path> folders;
  for (const std::string& entry : split(run_path))
    if (names_origin(entry)) folders.emplace_back(base::replaced(base::replaced(entry, "${ORIGIN}", folder), "$ORIGIN", folder));
  return folders;
}

std::vector<fs::path> run_path_folders(const std::string& run_path, const fs::path& library) {
  std::vector<fs::path> folders = companion_folders(run_path, library);
  for (const std::string& entry : split(run_path))
    if (!names_origin(entry)) folders.emplace_back(entry);
  return folders;
}

std::string relative_entry(const std::string& run_path) {
  for (const std::string& entry : split(run_path))
    if (!names_origin(entry) && !entry.starts_with('/')) return entry;
  return "";
}

std::string missing_library(const ElfDependencies& dependencies, const fs::path& library) {
  std::vector<fs::path> folders = run_path_folders(dependencies.run_path, library);
  if (const char* path = std::getenv("LD_LIBRARY_PATH"))
    for (const std::string& entry : split(path)) folders.emplace_back(entry);
  std::error_code ignored;
  for (const std::string& name : dependencies.libraries) {
    const bool as_path = name.find('/') != std::string::npos;
    if (as_path ? fs::exists(name, ignored) : is_installed(name)) continue;
    if (std::none_of(folders.begin(), folders.end(), [&](const fs::path& folder) { return fs::exists(folder / name, ignored); }))
      return name;
  }
  return "";
}

}  // namespace treino::host
