// A run's folder: runs/<name>-<number> beside the manifest, held by one process at a time.
#pragma once
#include <filesystem>
#include <future>
#include <optional>
#include <string>
#include <vector>

#include "train/plan/plan.hpp"
#include "train/plan/run_files.hpp"

namespace treino::train {

class RunFolder {
 public:
  /// Makes a new one, by the manifest's pattern or as `wanted`, which must not be there, be empty, or hold no more than a run that
  /// was killed before its manifest was written has left. Throws std::runtime_error.
  static RunFolder create(const Plan& plan, const std::optional<std::filesystem::path>& wanted);
  /// An existing one. Throws std::runtime_error where it is none.
  static RunFolder open(const std::filesystem::path& path);
  /// Takes it, before anything is written. Throws std::runtime_error where it is in use by another process.
  void lock();
  /// The folder that another process of the same run has taken, which alone writes its files. It is made where this machine lacks it.
  static RunFolder of_other_process(const std::filesystem::path& path);
  RunFolder(RunFolder&& other) noexcept;
  RunFolder& operator=(RunFolder&&) = delete;
  ~RunFolder();

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path manifest() const { return path_ / "manifest.toml"; }
  std::filesystem::path model() const { return path_ / "model.safetensors"; }
  std::filesystem::path checkpoint() const { return path_ / "checkpoint.safetensors"; }
  std::filesystem::path summary() const { return path_ / "summary.json"; }

  /// manifest.toml (resolved) and plugins.json (id, version, file, SHA-256 of each), where they are not there as they are to be. A
  /// disk takes as long to promise that they survive a power cut as all the rest of a start, so they are written beside it: get()
  /// returns when it has promised, and must before a plugin is created, since what a run leaves without its manifest can neither
  /// be resumed nor begun again. It throws store::StoreError.
  /// `sign`: it is the user's, or one that the user trusts (own_runs.hpp).
  [[nodiscard]] std::future<void> write_description(const Plan& plan, bool sign) const;
  /// The plugins whose files are others than plugins.json says, a sentence each. Empty where there is none, or nothing can be read.
  std::vector<std::string> changed_plugins(const Plan& plan) const;
  /// Files that may be full checkpoints of this run: those its log tells of, and all safetensors in the folder.
  std::vector<std::filesystem::path> checkpoints() const;
  /// Removes temporary files of processes that were killed while writing.
  void remove_leftovers() const;

 private:
  explicit RunFolder(std::filesystem::path path) : path_(std::move(path)) {}
  static RunFolder locked(std::filesystem::path path);
  std::filesystem::path path_;
  int lock_ = -1;
};

}  // namespace treino::train
