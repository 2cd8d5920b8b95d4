// Which run folders this user has made, so that going on with them takes no --trust. SECURITY.md says what that is for.
//
// Rationale: that a folder belongs to the user tells nothing, since what is unpacked from an archive does, too; and a list of folders
// would grow, and lose those that are moved. So the manifest that a run writes is signed with a key that never leaves the user's own
// folder for states. Whoever else makes a folder, or changes the manifest of one, cannot sign it.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>

#include "train/plan/plan.hpp"

namespace treino::train {

/// HMAC-SHA256 of a run's manifest, in hex, with the key in $XDG_STATE_HOME/treino/key (~/.local/state/treino/key), which is made where
/// it is missing. Empty where there is none and none can be made.
std::string signature_of(std::string_view manifest);

/// Whether the manifest in a run's folder is one that this user's runs have written there.
bool is_own_run(const std::filesystem::path& folder);

/// Whether going on with the run in `folder` takes --trust where the folder is not known to be the user's own.
bool needs_trust(const Plan& plan, const std::filesystem::path& folder);

/// Somebody else may have put links into a folder that is the user's own. Throws ManifestError where what the plan would write goes
/// through one to a place beyond the folder. `goes_on`: the run's own files are written, too.
void refuse_links(const Plan& plan, const std::filesystem::path& folder, bool goes_on);

}  // namespace treino::train
