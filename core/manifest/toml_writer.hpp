// TOML out of our own values. toml++ would sort the keys and put secrets in the clear.
#pragma once
#include <string>

#include "manifest/value.hpp"

namespace treino::manifest {

/// TOML text of a document, secrets as the ${NAME} they came from.
std::string to_toml(const Table& document);

}  // namespace treino::manifest
