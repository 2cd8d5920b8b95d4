// Text that came from somebody else (files, plugins, data, arguments) on its way to a terminal or into a name; and words replaced in a
// text.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace treino::base {

// Control characters, whatever turns the direction of writing, and bytes that are no UTF-8 come out as escapes ("\x1b", "\u202e",
// "\xff"), so that no text can move the cursor, change colors, forge a line, or look like another. Text that is clean stays as it
// is.

/// On one line: line ends and tabs are escaped as well.
std::string clean_line(std::string_view text);
/// Several lines: line ends and tabs stay.
std::string clean_text(std::string_view text);
/// The character at `at` as clean_line() shows it; moves `at` past it.
std::string clean_character(std::string_view text, std::size_t& at);
/// Whether clean_line() would leave it as it is: UTF-8 without control characters.
bool is_clean_line(std::string_view text);

/// With `with` for each `what`, which must not be empty; what is put in is not searched again.
std::string replaced(std::string text, std::string_view what, std::string_view with);

}  // namespace treino::base
