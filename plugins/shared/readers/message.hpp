// The wording that readers share: what was found, and the nearest right name.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace treino::readers {

/// 'text', cut to 40 bytes, with control characters spelled out: hostile files must not write to the terminal.
std::string in_quotes(std::string_view text);

/// " Did you mean 'label'?" for the known name nearest to `wrong`, empty where none is near.
std::string nearest_hint(const std::string& wrong, const std::vector<std::string>& known);

/// "'a', 'b' and 3 more".
std::string listed(const std::vector<std::string>& names);

/// Whether `text` is well-formed UTF-8.
bool is_utf8(std::string_view text);

}  // namespace treino::readers
