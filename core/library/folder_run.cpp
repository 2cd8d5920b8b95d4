// The order in which a folder is filled: who is killed on the way leaves something that can be begun again.
#include "library/folder_run.hpp"

#include <future>
#include <utility>

#include "library/checkpoints.hpp"
#include "train/checkpoint/checkpoint_reader.hpp"

namespace treino::library {

namespace {

/// A folder that was made for a run which then could not begin is not left behind.
void discard(const train::RunFolder& folder, std::uint32_t ranks) {
  std::error_code ignored;
  for (std::uint32_t rank = 1; rank < ranks; ++rank)
    std::filesystem::remove(folder.path() / ("log-" + std::to_string(rank) + ".jsonl"), ignored);
  for (const char* name : {"lock", "log.jsonl", "manifest.toml", "plugins.json", "signature", "kernels.txt"})
    std::filesystem::remove(folder.path() / name, ignored);
  std::filesystem::remove(folder.path(), ignored);  // stays where something else is in it
}

}  // namespace

/// In the processes beside the first, the screen is silent and the log has a name of its own.
void FolderRun::join(const train::Plan& plan) {
  processes_ = std::make_shared<train::Processes>(plan, log_);
  if (!processes_->is_first()) log_.screen().mute();
}

/// All have to be given the same manifest. Resumed on another number of processes, it is to have the same shards.
void FolderRun::agree_on(train::Plan& plan) {
  if (plan.collective) plan.manifest.run.shards = processes_->shards(plan);
  processes_->compare("manifest", train::resolved_manifest(plan));
}

/// The first process has made or opened it.
void FolderRun::share_folder() {
  std::string path = folder_ ? folder_->path().string() : "";
  processes_->ranks().broadcast(path);
  if (!processes_->is_first()) folder_.emplace(train::RunFolder::of_other_process(path));
}

void FolderRun::open_log() {
  const std::uint32_t rank = processes_->ranks().rank();
  log_.open(folder_->path(), rank == 0 ? "log.jsonl" : "log-" + std::to_string(rank) + ".jsonl");
}

void FolderRun::build(train::Plan plan, std::vector<nn::Parameter> parameters, nn::InitialValues values,
                      const std::function<void()>& before_plugins) {
  if (plan.own_loop)
    run_.emplace(std::move(plan), std::move(parameters), folder_->path(), log_, before_plugins);
  else
    run_.emplace(std::move(plan), folder_->path(), log_, values, before_plugins, processes_);
}

std::unique_ptr<FolderRun> FolderRun::begin(train::Plan plan, const std::optional<std::filesystem::path>& folder,
                                            host::Screen& screen, std::vector<nn::Parameter> parameters) {
  std::unique_ptr<FolderRun> begun(new FolderRun(screen));
  begun->join(plan);
  const bool first = begun->processes_->is_first();
  try {
    begun->agree_on(plan);
    if (first) begun->folder_.emplace(train::RunFolder::create(plan, folder));
    begun->share_folder();
    std::future<void> description;
    if (first) description = begun->folder_->write_description(plan, !plan.dry);
    begun->open_log();
    begun->build(std::move(plan), std::move(parameters), nn::InitialValues::drawn, [&] {
      if (first) description.get();
    });
  } catch (const std::exception& failure) {
    begun->processes_->ranks().leave(failure.what());
    if (first && begun->folder_) discard(*begun->folder_, begun->processes_->ranks().count());
    throw;
  }
  return begun;
}

std::unique_ptr<FolderRun> FolderRun::resume(train::RunFolder folder, train::Plan plan, bool trusted, bool restart,
                                             host::Screen& screen, std::vector<nn::Parameter> parameters) {
  std::unique_ptr<FolderRun> resumed(new FolderRun(screen));
  resumed->join(plan);
  try {
    resumed->continue_in(std::move(folder), std::move(plan), trusted, restart, std::move(parameters));
  } catch (const std::exception& failure) {
    resumed->processes_->ranks().leave(failure.what());
    throw;
  }
  return resumed;
}

void FolderRun::continue_in(train::RunFolder folder, train::Plan plan, bool trusted, bool restart,
                            std::vector<nn::Parameter> parameters) {
  agree_on(plan);
  if (processes_->is_first()) {
    folder.lock();
    folder.remove_leftovers();
    folder_.emplace(std::move(folder));
  }
  share_folder();
  open_log();
  const std::optional<std::filesystem::path> checkpoint = find_checkpoint(plan, restart);
  build(std::move(plan), std::move(parameters), checkpoint ? nn::InitialValues::zero : nn::InitialValues::drawn, {});
  if (checkpoint) train::CheckpointReader(*run_).restore(*checkpoint);
  if (!processes_->is_first()) return;
  folder_->write_description(run_->plan, trusted).get();  // with the settings that are in force from now on
  log_.message(host::Log::Level::info, "",
               checkpoint ? "continuing from " + checkpoint->string()
               : restart  ? "beginning again, as --restart asks"
                          : "nothing was saved before the run ended; beginning again");
}

/// All processes continue from the one that the first has found; nothing where the run begins again.
std::optional<std::filesystem::path> FolderRun::find_checkpoint(const train::Plan& plan, bool restart) {
  std::string found;
  if (processes_->is_first()) {
    for (const std::string& changed : folder_->changed_plugins(plan)) log_.message(host::Log::Level::warning, "", changed);
    if (restart)
      set_checkpoints_aside(*folder_, log_);
    else if (const auto checkpoint = checkpoint_to_resume(*folder_, log_))
      found = checkpoint->string();
  }
  processes_->ranks().broadcast(found);
  return found.empty() ? std::nullopt : std::optional<std::filesystem::path>(found);
}

}  // namespace treino::library
