// A file is known by its resolved path and by its inode, so that neither links nor other spellings hide that it is the same.
#include "host/session/outputs.hpp"

#include <sys/stat.h>

namespace treino::host {

namespace {

std::string resolved(const std::filesystem::path& path) {
  std::error_code error;
  const std::filesystem::path found = std::filesystem::weakly_canonical(path, error);
  return (error ? path.lexically_normal() : found).string();
}

std::optional<std::pair<dev_t, ino_t>> inode_of(const std::filesystem::path& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return std::nullopt;
  return std::pair(status.st_dev, status.st_ino);
}

}  // namespace

void Outputs::reserve(const std::filesystem::path& path, const std::string& what) {
  by_path_.emplace(resolved(path), what);
  if (const auto inode = inode_of(path)) by_inode_.emplace(*inode, what);
}

std::optional<std::string> Outputs::claim(const std::filesystem::path& path, const std::string& what) {
  if (auto other = owner(path)) return other;
  reserve(path, what);
  return std::nullopt;
}

std::optional<std::string> Outputs::owner(const std::filesystem::path& path) const {
  if (const auto found = by_path_.find(resolved(path)); found != by_path_.end()) return found->second;
  const auto inode = inode_of(path);
  const auto found = inode ? by_inode_.find(*inode) : by_inode_.end();
  return found == by_inode_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace treino::host
