// The order in which a folder is filled: who is killed on the way leaves something that can be begun again.
#include "library/folder_run.hpp"

#include <future>
#include <utility>

#include "library/checkpoints.hpp"
#include "train/checkpoint/checkpoint_reader.hpp"

namespace treino::library {

namespace {

/// A folder that was made for a run which then could not begin is not left behind.
void discard(const train::RunFolder& folder) {
  std::error_code ignored;
  for (const char* name : {"lock", "log.jsonl", "manifest.toml", "plugins.json", "signature"})
    std::filesystem::remove(folder.path() / name, ignored);
  std::filesystem::remove(folder.path(), ignored);  // stays where something else is in it
}

}  // namespace

void FolderRun::build(train::Plan plan, std::vector<nn::Parameter> parameters, nn::InitialValues values,
                      const std::function<void()>& before_plugins) {
  if (plan.own_loop)
    run_.emplace(std::move(plan), std::move(parameters), folder_.path(), log_, before_plugins);
  else
    run_.emplace(std::move(plan), folder_.path(), log_, values, before_plugins);
}

std::unique_ptr<FolderRun> FolderRun::begin(train::Plan plan, const std::optional<std::filesystem::path>& folder,
                                            host::Screen& screen, std::vector<nn::Parameter> parameters) {
  std::unique_ptr<FolderRun> begun(new FolderRun(train::RunFolder::create(plan, folder), screen));
  try {
    std::future<void> description = begun->folder_.write_description(plan, true);
    begun->log_.open(begun->folder_.path());
    begun->build(std::move(plan), std::move(parameters), nn::InitialValues::drawn, [&] { description.get(); });
  } catch (...) {
    discard(begun->folder_);
    throw;
  }
  return begun;
}

std::unique_ptr<FolderRun> FolderRun::resume(train::RunFolder folder, train::Plan plan, bool trusted, bool restart,
                                             host::Screen& screen, std::vector<nn::Parameter> parameters) {
  std::unique_ptr<FolderRun> resumed(new FolderRun(std::move(folder), screen));
  const train::RunFolder& own = resumed->folder_;
  host::Log& log = resumed->log_;
  log.open(own.path());
  for (const std::string& changed : own.changed_plugins(plan)) log.message(host::Log::Level::warning, "", changed);
  std::optional<std::filesystem::path> checkpoint;
  if (restart)
    set_checkpoints_aside(own, log);
  else
    checkpoint = checkpoint_to_resume(own, log);
  resumed->build(std::move(plan), std::move(parameters), checkpoint ? nn::InitialValues::zero : nn::InitialValues::drawn, {});
  if (checkpoint) train::CheckpointReader(*resumed->run_).restore(*checkpoint);
  own.write_description(resumed->run_->plan, trusted).get();  // with the settings that are in force from now on
  log.message(host::Log::Level::info, "",
              checkpoint ? "continuing from " + checkpoint->string()
              : restart  ? "beginning again, as --restart asks"
                         : "nothing was saved before the run ended; beginning again");
  return resumed;
}

}  // namespace treino::library
