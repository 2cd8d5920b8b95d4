// TOML text to values that know their place. Only its source includes toml++.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "manifest/value.hpp"

namespace treino::manifest {

/// The document, its entries in the order of the text. A syntax error is one fault, at `file`:line:column, and an empty result.
std::optional<Table> parse_toml(std::string_view text, const std::string& file, Faults& faults);

/// One value as it may stand after `key =`, every part of it at `location`; nothing where the text is not TOML.
std::optional<Value> parse_toml_value(const std::string& text, const Location& location);

}  // namespace treino::manifest
