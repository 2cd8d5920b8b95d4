// Where a dry run writes: a new folder among the system's temporary ones, which goes with all that is in it.
#pragma once
#include <filesystem>

namespace treino::library {

class DryFolder {
 public:
  /// Throws std::runtime_error where none can be made.
  DryFolder();
  ~DryFolder();
  DryFolder(const DryFolder&) = delete;
  DryFolder& operator=(const DryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace treino::library
