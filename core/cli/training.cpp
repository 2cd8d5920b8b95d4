// What the program adds to a run of the library: signals, the command that resumes it, the exit code.
#include "cli/training.hpp"

#include <algorithm>
#include <cctype>
#include <cstring>

#include "cli/text.hpp"
#include "library/training.hpp"
#include "train/plan/trust.hpp"
#include "train/run/own_runs.hpp"

namespace treino::cli {

namespace {

/// As a shell takes it.
std::string in_shell(const std::string& text) {
  const auto plain = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || std::strchr("/._-+=:,@%", c) != nullptr;
  };
  if (!text.empty() && std::all_of(text.begin(), text.end(), plain)) return text;
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? "'\\''" : std::string(1, c);
  return quoted + "'";
}

/// With what the run's folder does not tell, or would not be believed in.
std::string resume_command(library::FolderRun& run, const CommonOptions& common) {
  const std::filesystem::path& folder = run.folder().path();
  std::string command = "treino resume " + in_shell(folder.string());
  for (const std::filesystem::path& plugins : common.plugin_folders) command += " --plugin-path " + in_shell(plugins.string());
  const bool own = train::is_own_run(folder);
  return command + (!own && train::needs_trust(run.run().plan, folder) ? " --trust" : "");
}

/// A run that stopped early has done what it was to do; one that was interrupted or diverged has not. `exit_outcome`: each outcome
/// has a code of its own.
int exit_code_of(std::uint32_t outcome, bool exit_outcome) {
  switch (outcome) {
    case TREINO_DONE:
      return exit_success;
    case TREINO_EARLY_STOPPED:
      return exit_outcome ? exit_early_stopped : exit_success;
    case TREINO_INTERRUPTED:
      return exit_outcome ? exit_interrupted : exit_failed;
    case TREINO_DIVERGED:
      return exit_outcome ? exit_diverged : exit_failed;
    default:
      return exit_failed;
  }
}

train::Result train_watched(library::FolderRun& run, Signals& signals, const CommonOptions& common) {
  library::Training training(run.run(), run.folder(), run.log());
  training.set_width(screen_width());
  train::Result result;
  {
    train::Interrupt interrupt;
    run.run().interrupt = &interrupt;
    const Signals::Watch watch(signals, {interrupt, host::call_place(), run.run().plan.manifest.run.stop_timeout,
                                         [&](const std::string& what, const auto& held_up) {
                                           training.give_up(what, held_up, resume_command(run, common), print_error);
                                         }});
    result = training.fit();
    run.run().interrupt = nullptr;
  }
  training.finish(result);
  return result;
}

}  // namespace

int train_and_report(library::FolderRun& run, Signals& signals, const CommonOptions& common) {
  const train::Result result = train_watched(run, signals, common);
  if (result.outcome == TREINO_RUN_FAILED) {
    print_error(result.reason);
    return exit_failed;
  }
  host::Screen& screen = run.log().screen();
  if (result.outcome == TREINO_INTERRUPTED) screen.line("resume with: " + resume_command(run, common));
  // Nothing of the run is lost, but who reads the output must not take it for all that was said.
  if (const std::string failure = screen.failure(); !failure.empty()) {
    print_error("standard output cannot be written: " + failure);
    if (result.is_success()) return exit_failed;
  }
  return exit_code_of(result.outcome, common.exit_outcome);
}

}  // namespace treino::cli
