// What toml++ must not be given is refused before it gets there:
// - Keys like a.a.a.a... nest one table per dot, without limit, in tables that are destroyed recursively: a megabyte of dots
//   would overflow the stack.
// - toml++ 3.3 decides by tables of shifts whether a character beyond ASCII may stand in a bare key; for some (U+03F6) it shifts
//   by more bits than there are, which is undefined. TOML 1.0 has no such characters outside quotes and comments.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace treino::manifest {

/// Why a text is not given to toml++, and where.
struct TomlError {
  std::uint32_t line = 1, column = 1;  // columns count characters, as toml++ does
  std::string text;
};

/// Returns the first key of more than `deepest` parts or character beyond ASCII outside quotes and comments, if there is one.
std::optional<TomlError> fault_before_parsing(std::string_view toml, std::size_t deepest);

}  // namespace treino::manifest
