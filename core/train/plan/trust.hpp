// What a manifest that comes with a run's folder may ask for where the folder is not known to be the user's own. SECURITY.md says
// why.
#pragma once
#include <filesystem>

#include "train/plan/plan.hpp"

namespace treino::train {

/// That a manifest which is not trusted asks for nothing that only the user may.
void check_trust(const Plan& plan, manifest::Faults& faults);

/// Whether continuing with the run in `folder` takes --trust where the folder is not known to be the user's own.
bool needs_trust(const Plan& plan, const std::filesystem::path& folder);

/// Somebody else may have put links into a folder that is the user's own. Throws ManifestError where what the plan would write goes
/// through one to a place beyond the folder. `goes_on`: the run's own files are written, too.
void refuse_links(const Plan& plan, const std::filesystem::path& folder, bool goes_on);

}  // namespace treino::train
