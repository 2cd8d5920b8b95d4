// A run under the program's signals, and the exit code that it ends with.
#pragma once
#include <string>

#include "cli/commands.hpp"
#include "cli/signals.hpp"
#include "library/folder_run.hpp"

namespace treino::cli {

/// Trains, keeps the model, tests it, says where everything is. Returns the exit code.
int train_and_report(library::FolderRun& run, Signals& signals, const CommonOptions& common);

}  // namespace treino::cli
