// The kind and id of a description without parsing it: of a hundred installed plugins a run needs ten.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace treino::manifest {

/// The kind and id that parse_description() would give for this text, should it find no fault in it. Told without parsing, and only
/// where both stand before anything but plain strings, as they usually do.
std::optional<std::pair<std::string, std::string>> kind_and_id(std::string_view toml);

}  // namespace treino::manifest
