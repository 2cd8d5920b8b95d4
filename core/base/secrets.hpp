// What ${NAME} in a manifest stands for, so that no text on its way out tells it.
#pragma once
#include <string>
#include <string_view>

namespace treino::base {

/// The value of the variable `name` is secret from now on. From any thread. A value of fewer than four characters is not looked
/// for: it would be found everywhere.
void keep_secret(std::string_view name, std::string_view value);

/// The text with ${NAME} where a secret stood in it.
std::string without_secrets(std::string_view text);

}  // namespace treino::base
