// Keys like a.a.a.a... nest one table a dot, without limit in toml++, whose tables are destroyed recursively: a megabyte of dots
// would overflow the stack. So such text is refused before it gets there.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace treino::manifest {

struct Place {
  std::uint32_t line = 1, column = 1;
};

/// Where a dotted key gets deeper than `deepest`, if one does. Strings and comments are passed over as TOML does.
std::optional<Place> too_deep_key(std::string_view toml, std::size_t deepest);

}  // namespace treino::manifest
