// ${NAME} in strings. What it stands for is secret: logs, faults and run folders show the text with the ${NAME} in it.
#pragma once
#include <string>
#include <string_view>

#include "manifest/value.hpp"

namespace treino::manifest {

/// In every string of the table, at any depth; "$${" stands for "${" itself. Variables that are not set and names that are none
/// are faults.
void replace_variables(Table& table, Faults& faults);

/// The text whose replacement gives `text`.
std::string escape_variables(std::string_view text);

}  // namespace treino::manifest
