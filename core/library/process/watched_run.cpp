// What is said where a plugin does not return names the command that continues the run.
#include "library/process/watched_run.hpp"

#include "library/resume_command.hpp"

namespace treino::library {

WatchedRun::WatchedRun(FolderRun& run, Training& training, train::Interrupt& interrupt, const RunOptions& options)
    : watch_({interrupt, host::call_place(), run.run().plan.manifest.run.stop_timeout,
              [&run, &training, &options](const std::string& what, const std::function<bool()>& held_up) {
                training.give_up(what, held_up, resume_command(run.run().plan, run.folder().path(), options.plugin_folders),
                                 [&](const std::string& text) { options.say_error(text); });
              }}) {}

}  // namespace treino::library
