// Which run folders this user has made, so that continuing with them takes no --trust. SECURITY.md says what that is for.
//
// Rationale: that a folder belongs to the user tells nothing, since what is unpacked from an archive does, too; and a list of
// folders would grow, and lose those that are moved. So the manifest that a run writes is signed with a key that never leaves the
// user's own folder for states. Whoever else makes a folder, or changes the manifest of one, cannot sign it.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>

namespace treino::train {

/// HMAC-SHA256 of a run's manifest, in hex, with the key in $XDG_STATE_HOME/treino/key (~/.local/state/treino/key), which is made
/// where it is missing. Empty where there is none and none can be made.
std::string signature_of(std::string_view manifest);

/// Whether the manifest in a run's folder is one that this user's runs have written there.
bool is_own_run(const std::filesystem::path& folder);

}  // namespace treino::train
