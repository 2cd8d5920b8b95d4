// The C functions that compute layers. A file gets those that it calls.
#pragma once
#include <set>
#include <string>

namespace treino::exporters {

/// The C code of these, in an order in which each is defined before it is used. Throws std::logic_error for an unknown one.
std::string function_texts(const std::set<std::string>& names);

}  // namespace treino::exporters
