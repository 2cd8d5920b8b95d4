// One value against what its parameter takes.
#pragma once
#include <filesystem>
#include <optional>
#include <string>

#include "manifest/description.hpp"

namespace treino::manifest {

/// The value as its reader wants it: ints made floats, scalars made lists, input paths made absolute as complete() says. Where it
/// does not fit: a fault that begins with `subject` ("patience of early_stopping"), and nothing.
std::optional<Value> check(const ParameterDescription& parameter, const Value& value, const std::string& subject,
                           const std::filesystem::path& folder, Faults& faults);

/// A path relative to `folder`, which is itself relative to the working directory.
void make_absolute(Value& path, const std::filesystem::path& folder);

}  // namespace treino::manifest
