// A table of a manifest, held against the description of what it configures.
#pragma once
#include <filesystem>
#include <string>

#include "manifest/description.hpp"

namespace treino::manifest {

/// A manifest's table for this plugin, layer or optimizer, without the keys that the host itself reads: unknown keys, wrong
/// types, values out of range and missing required ones become faults (with location, what was expected, nearest right name).
/// Returns the parameters in the description's order, defaults filled in, ints made floats where a float is due, scalars made
/// lists; optional ones that were not given are left out. `what` names the thing in texts: "early_stopping", "layer 3 conv2d".
/// Child tables are left as they are (the caller, who knows the other descriptions, completes them). Paths of type `input` become
/// absolute: relative to `folder`, or where that is empty to the folder of the file in which they stand.
Table complete(const Description& description, const Table& given, const Location& at, const std::string& what, Faults& faults,
               const std::filesystem::path& folder = {});

}  // namespace treino::manifest
