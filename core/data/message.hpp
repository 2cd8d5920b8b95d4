// The wording that all readers share: what was found, and the nearest right name.
#pragma once
#include <span>
#include <string>
#include <string_view>

namespace treino::data {

/// 'text', cut to 40 bytes, with control characters spelled out: hostile files must not write to the terminal.
std::string in_quotes(std::string_view text);

/// " Did you mean 'label'?" for the known name nearest to `wrong`, empty where none is near.
std::string nearest_hint(std::string_view wrong, std::span<const std::string> known);

/// "a, b, c", at most `limit` of them.
std::string listed(std::span<const std::string> names, std::size_t limit = 12);

/// Whether `text` is well-formed UTF-8: what goes into JSON has to be.
bool is_utf8(std::string_view text);

}  // namespace treino::data
