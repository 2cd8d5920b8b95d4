// A run with its folder and its log: begun in a new folder, or continued from what one holds.
#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "host/session/log.hpp"
#include "train/plan/plan.hpp"
#include "train/ranks/processes.hpp"
#include "train/run/run.hpp"
#include "train/run/run_folder.hpp"

namespace treino::library {

class FolderRun {
 public:
  /// `folder`: where to; empty: by the manifest's pattern. A run that cannot begin leaves no folder behind. Throws as train::Run
  /// and train::RunFolder. `parameters`: of a loop of somebody's own (plan.own_loop).
  static std::unique_ptr<FolderRun> begin(train::Plan plan, const std::optional<std::filesystem::path>& folder,
                                          host::Screen& screen, std::vector<nn::Parameter> parameters = {});
  /// From the newest checkpoint, or from the beginning where there is none or `restart` says so. `plan`: of the folder's manifest;
  /// `trusted`: whether that is the user's own (train::is_own_run). Throws likewise.
  static std::unique_ptr<FolderRun> resume(train::RunFolder folder, train::Plan plan, bool trusted, bool restart,
                                           host::Screen& screen, std::vector<nn::Parameter> parameters = {});

  const train::RunFolder& folder() const { return *folder_; }
  host::Log& log() { return log_; }
  train::Run& run() { return *run_; }

 private:
  void build(train::Plan plan, std::vector<nn::Parameter> parameters, nn::InitialValues values,
             const std::function<void()>& before_plugins);
  explicit FolderRun(host::Screen& screen) : log_(screen) {}
  void join(const train::Plan& plan);
  void agree_on(train::Plan& plan);
  void continue_in(train::RunFolder folder, train::Plan plan, bool trusted, bool restart, std::vector<nn::Parameter> parameters);
  std::optional<std::filesystem::path> find_checkpoint(const train::Plan& plan, bool restart);
  void share_folder();
  void open_log();

  host::Log log_;
  std::shared_ptr<train::Processes> processes_;
  std::optional<train::RunFolder> folder_;
  std::optional<train::Run> run_;
};

}  // namespace treino::library
