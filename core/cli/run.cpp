// treino run, treino resume.
#include <unistd.h>

#include "cli/commands.hpp"
#include "cli/process_state.hpp"
#include "cli/training.hpp"
#include "library/folder_run.hpp"
#include "train/plan/trust.hpp"
#include "train/run/own_runs.hpp"
#include "train/run/run_folder.hpp"

namespace treino::cli {

int run(const CommonOptions& common, const RunOptions& options) {
  ProcessState process;
  train::Plan plan = train::make_plan({options.manifest, common.settings, common.plugin_folders, true, options.folder});
  host::Screen screen(STDOUT_FILENO, common.quiet || plan.manifest.run.quiet);
  const auto begun = library::FolderRun::begin(std::move(plan), options.folder, screen);
  return train_and_report(*begun, process.signals(), common);
}

int resume(const CommonOptions& common, const ResumeOptions& options) {
  ProcessState process;
  train::RunFolder folder = train::RunFolder::open(options.folder);
  folder.remove_leftovers();
  train::PlanOptions plan_options{folder.manifest(), common.settings, common.plugin_folders, true, folder.path()};
  plan_options.trusted = common.trust || train::is_own_run(folder.path());
  train::Plan plan = train::make_plan(plan_options);
  if (!common.trust) train::refuse_links(plan, folder.path(), true);
  host::Screen screen(STDOUT_FILENO, common.quiet || plan.manifest.run.quiet);
  const auto resumed =
      library::FolderRun::resume(std::move(folder), std::move(plan), plan_options.trusted, options.restart, screen);
  return train_and_report(*resumed, process.signals(), common);
}

}  // namespace treino::cli
