// How faults name values: cut to a readable length, never with raw control characters, never a secret.
#pragma once
#include <string>
#include <string_view>

#include "manifest/description.hpp"

namespace treino::manifest {

/// At most about 60 bytes of it, control characters spelled out: a hostile text must not write to the terminal.
std::string shown(std::string_view text);
/// "the string "many"", "the integer 3", "a list"; of a secret only the text that stands in the manifest.
std::string describe(const Value& value);
/// As a TOML string that reads back as the text.
std::string in_quotes(std::string_view text);
/// Shortest text that reads back as the same number, and as a float: "1.0", "0.001", "inf".
std::string float_text(double number);
/// What a parameter takes: "an integer of at least 1", "a list of strings", "one of "min", "max"".
std::string expectation(const ParameterDescription& parameter);

}  // namespace treino::manifest
