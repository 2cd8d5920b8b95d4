// The characters of a UTF-8 text, and where in it they stand.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace treino::readers {

/// A line and a column, counted from 1 in characters.
struct Place {
  std::int64_t line = 1, column = 1;
  void pass(bool end_of_line) {
    line += end_of_line ? 1 : 0;
    column = end_of_line ? 1 : column + 1;
  }
};

/// The whole of a file, compressed by gzip or not. Throws std::runtime_error "path:line:column: ..." where it is no UTF-8 text or has a
/// NUL character.
std::u32string read_characters(const std::string& path);

/// Of a text; errors begin with `name`, the line and the column.
std::u32string decoded(std::string_view text, const std::string& name);

/// As a class is called: the character itself, of control characters as C writes them, "\n" or "\x1b".
std::string name_of(char32_t character);
/// Nothing: the name is that of no single character.
std::optional<char32_t> character_named(const std::string& name);

}  // namespace treino::readers
