// What editors complete and check manifests with.
#pragma once
#include <string>
#include <vector>

#include "manifest/description.hpp"

namespace treino::manifest {

/// JSON Schema (draft 7, as taplo and VS Code's Even Better TOML read it) of manifests that use these plugins and layers.
std::string json_schema(const std::vector<Description>& plugins, const std::vector<Description>& layers);

}  // namespace treino::manifest
