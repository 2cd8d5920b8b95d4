// Where the run of somebody's own loop comes from: a new folder, or one that holds a run, which is continued.
#pragma once
#include <memory>
#include <optional>

#include "library/folder_run.hpp"
#include "library/own_parameters.hpp"
#include "library/run_options.hpp"

namespace treino::library {

/// `plan`: what `options` says, and the loop that the program describes. Opens `screen`, which is to outlive the run.
std::unique_ptr<FolderRun> open_own_run(const RunOptions& options, train::PlanOptions plan, OwnParameters& parameters,
                                        std::optional<host::Screen>& screen);

}  // namespace treino::library
