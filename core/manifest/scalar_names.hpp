// The names of the scalars that a plugin logs, as its description and its parameters give them.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "manifest/description.hpp"

namespace treino::manifest {

/// "names" for "{names}" or "mean_{names}"; empty where the pattern names no parameter.
std::string parameter_in(std::string_view pattern);

/// The description's `scalars`, with the parameters' strings in the places that stand for them.
std::vector<std::string> emitted(const Description& description, const Table& parameters);

/// What an instance is called that has no name: the id, "acme_notify" for acme/notify.
std::string default_name(std::string id);

/// "gradient_norm" fits "gradient_*".
bool fits(std::string_view pattern, std::string_view name);

}  // namespace treino::manifest
