// How the files of a model_checkpoint are called.
#pragma once
#include <filesystem>
#include <string>
#include <treino/callback.hpp>

#include "shared/files/checkpoint_files.hpp"
#include "shared/files/path_template.hpp"

namespace model_checkpoint {

class FileNames {
 public:
  explicit FileNames(const std::string& pattern) : pattern_(pattern) {}
  void find(const treino::Host& host) { pattern_.find(host); }
  bool vary() const { return pattern_.varies(); }
  bool have_numbers() const { return pattern_.has_numbers(); }

  /// Files that are kept beside each other (`several`) have names of their own: where the pattern gives one again ({score:.0f}),
  /// "-v1", "-v2", ... stands before the extension.
  std::string of_regular(const treino::Host& host, const treino::Event& event, const treino::OwnFiles& files,
                         bool several) const {
    const std::filesystem::path path = pattern_.fill(host, event);
    std::filesystem::path name = path;
    for (unsigned version = 1; several && files.has(name.string()); ++version) name = with(path, "-v" + std::to_string(version));
    return name.string();
  }
  std::string of_exception(const treino::Host& host, const treino::Event& event) const {
    return with(pattern_.fill(host, event), "-exception").string();
  }
  std::string of_last() const { return (pattern_.folder() / ("last" + pattern_.extension())).string(); }

 private:
  /// `suffix` before the extension.
  static std::filesystem::path with(const std::filesystem::path& path, const std::string& suffix) {
    return path.parent_path() / (path.stem().string() + suffix + path.extension().string());
  }

  treino::PathTemplate pattern_;
};

}  // namespace model_checkpoint
