// treino run, treino resume.
#include "cli/commands.hpp"
#include "cli/text.hpp"

namespace treino::cli {

namespace {

Run opened(Run run, const CommonOptions& common) {
  for (const std::string& folder : common.plugin_folders) run.plugin_folder(folder);
  if (common.quiet) run.quiet();
  return run;
}

/// A run that stopped early has done what it was to do; one that was interrupted or diverged has not. `exit_outcome`: each outcome
/// has a code of its own.
int exit_code_of(Outcome outcome, bool exit_outcome) {
  switch (outcome) {
    case Outcome::done:
      return exit_success;
    case Outcome::early_stopped:
      return exit_outcome ? exit_early_stopped : exit_success;
    case Outcome::interrupted:
      return exit_outcome ? exit_interrupted : exit_failed;
    case Outcome::diverged:
      return exit_outcome ? exit_diverged : exit_failed;
    default:
      return exit_failed;
  }
}

int report(const Result& result, const CommonOptions& common) {
  if (result.outcome == Outcome::failed) {
    print_error(result.reason);
    return exit_failed;
  }
  // Nothing of the run is lost, but who reads the output must not take it for all that was said.
  if (!result.output_failure.empty()) {
    print_error("standard output cannot be written: " + result.output_failure);
    if (result.outcome == Outcome::done || result.outcome == Outcome::early_stopped) return exit_failed;
  }
  return exit_code_of(result.outcome, common.exit_outcome);
}

}  // namespace

int run(const CommonOptions& common, const RunOptions& options) {
  Run run = opened(Run(options.manifest, common.settings), common);
  if (options.folder) run.folder(*options.folder);
  if (options.dry) run.dry();
  return report(run.fit(), common);
}

int resume(const CommonOptions& common, const ResumeOptions& options) {
  Run run = opened(Run(options.folder + "/manifest.toml", common.settings), common);
  run.folder(options.folder);
  if (common.trust) run.trust();
  return report(run.resume(options.restart), common);
}

}  // namespace treino::cli
