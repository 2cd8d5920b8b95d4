// What the host itself reads in a manifest and in a self-description, in the language of self-descriptions: the one table from
// which the check of a manifest and the schema for editors both come. Two types exist only here: "any" (looked at by code) and
// "column" (a number or a name).
#pragma once
#include <string_view>

#include "manifest/description.hpp"
#include "manifest/kind.hpp"

namespace treino::manifest {

/// By id: manifest, run, data, file, train, model, layer, optimizer, plugins; those of kinds (the host's keys of a plugin's table),
/// and plugin, the keys that these share; description, type_description, parameter (what self-descriptions consist of).
const Description& section(std::string_view id);
/// The same for plugins of a kind; of one without sections in a manifest, the keys that all plugins share, of readers those of a file.
const Description& section(Kind kind);

/// A description from a table that is known to be well formed.
Description build_description(const Table& table);

/// The host's keys of `given` in the first table, all others in the second.
std::pair<Table, Table> split_by_keys(const Description& host_keys, const Table& given);

}  // namespace treino::manifest
