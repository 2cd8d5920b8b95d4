// One of the layers of [model].
#pragma once
#include <set>
#include <string>

#include "manifest/reading.hpp"

namespace treino::manifest {

/// The one that comes next in `manifest`. `names`: those of the data's inputs, and of layers before it; its own is added.
TypedSection read_layer(const Value& value, const Manifest& manifest, std::set<std::string>& names, Reading& reading);

}  // namespace treino::manifest
