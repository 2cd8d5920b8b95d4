// What a description's kind makes of its other keys.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "manifest/kind.hpp"
#include "manifest/value.hpp"

namespace treino::manifest {

/// Adds a fault for each key that the kind needs and the description lacks, or that the kind has not, and for a wrong draft.
void check_keys_of_kind(const KindTraits& kind, const Table& description, Faults& faults);

/// The keys that the host takes out of a plugin's table before the plugin's own parameters are looked at; without a kind, those that
/// all kinds share. A plugin may have a `version` of its own.
std::vector<std::string> reserved_names(std::optional<Kind> kind);

}  // namespace treino::manifest
