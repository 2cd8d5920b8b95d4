// Faults of the manifest come before the folder is made.
#include "library/own_run.hpp"

#include "base/input_error.hpp"
#include "train/plan/trust.hpp"

namespace treino::library {

std::unique_ptr<FolderRun> open_own_run(const RunOptions& options, train::PlanOptions plan_options, OwnParameters& parameters,
                                        std::optional<host::Screen>& screen) {
  if (options.dry) throw base::InputError("a loop of the program's own has no dry run: its batches are the program's");
  std::error_code error;
  const bool continues = options.folder && std::filesystem::exists(*options.folder / "manifest.toml", error);
  if (!continues) {
    train::Plan plan = train::make_plan(plan_options);
    options.open_screen(screen, plan.manifest.run.quiet);
    return FolderRun::begin(std::move(plan), options.folder, *screen, parameters.list());
  }
  train::RunFolder folder = train::RunFolder::open(*options.folder);
  train::PlanOptions of_folder = options.plan_of(folder);
  of_folder.own_loop = std::move(plan_options.own_loop);
  train::Plan plan = train::make_plan(of_folder);
  if (!options.trust) train::refuse_links(plan, folder.path(), true);
  options.open_screen(screen, plan.manifest.run.quiet);
  // The checkpoint is read into the copies, which go back as what was changed.
  parameters.copies().fetch_all_values();
  return FolderRun::resume(std::move(folder), std::move(plan), of_folder.trusted, options.restart, *screen, parameters.list());
}

}  // namespace treino::library
