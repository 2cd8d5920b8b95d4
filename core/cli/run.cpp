// treino run, treino resume.
#include "train/run/run.hpp"

#include <unistd.h>

#include <future>
#include <optional>

#include "cli/checkpoints.hpp"
#include "cli/commands.hpp"
#include "cli/process_state.hpp"
#include "cli/training.hpp"
#include "train/checkpoint/checkpoint_reader.hpp"
#include "train/plan/trust.hpp"
#include "train/run/own_runs.hpp"
#include "train/run/run_folder.hpp"

namespace treino::cli {

namespace {

/// A folder that was made for a run which then could not begin is not left behind.
void discard(const train::RunFolder& folder) {
  std::error_code ignored;
  for (const char* name : {"lock", "log.jsonl", "manifest.toml", "plugins.json", "signature"})
    std::filesystem::remove(folder.path() / name, ignored);
  std::filesystem::remove(folder.path(), ignored);  // stays where something else is in it
}

}  // namespace

int run(const CommonOptions& common, const RunOptions& options) {
  ProcessState process;
  train::Plan plan = train::make_plan({options.manifest, common.settings, common.plugin_folders, true, options.folder});
  const train::RunFolder folder = train::RunFolder::create(plan, options.folder);
  host::Screen screen(STDOUT_FILENO, common.quiet || plan.manifest.run.quiet);
  host::Log log(screen);
  std::optional<train::Run> trained;
  try {
    std::future<void> description = folder.write_description(plan, true);
    log.open(folder.path());
    trained.emplace(std::move(plan), folder.path(), log, nn::InitialValues::drawn, [&] { description.get(); });
  } catch (...) {
    discard(folder);
    throw;
  }
  return Training(*trained, folder, log, process.signals(), common).execute();
}

int resume(const CommonOptions& common, const ResumeOptions& options) {
  ProcessState process;
  const train::RunFolder folder = train::RunFolder::open(options.folder);
  folder.remove_leftovers();
  train::PlanOptions plan_options{folder.manifest(), common.settings, common.plugin_folders, true, folder.path()};
  plan_options.trusted = common.trust || train::is_own_run(folder.path());
  train::Plan plan = train::make_plan(plan_options);
  if (!common.trust) train::refuse_links(plan, folder.path(), true);
  host::Screen screen(STDOUT_FILENO, common.quiet || plan.manifest.run.quiet);
  host::Log log(screen);
  log.open(folder.path());
  for (const std::string& changed : folder.changed_plugins(plan)) log.message(host::Log::Level::warning, "", changed);
  std::optional<std::filesystem::path> checkpoint;
  if (options.restart)
    set_checkpoints_aside(folder, log);
  else
    checkpoint = checkpoint_to_resume(folder, log);
  train::Run trained(std::move(plan), folder.path(), log, checkpoint ? nn::InitialValues::zero : nn::InitialValues::drawn);
  if (checkpoint) train::CheckpointReader(trained).restore(*checkpoint);
  folder.write_description(trained.plan, plan_options.trusted).get();  // with the settings that are in force from now on
  log.message(host::Log::Level::info, "",
              checkpoint        ? "continuing from " + checkpoint->string()
              : options.restart ? "beginning again, as --restart asks"
                                : "nothing was saved before the run ended; beginning again");
  return Training(trained, folder, log, process.signals(), common).execute();
}

}  // namespace treino::cli
