// What a CSV file that does not fit its description probably is: the key of the manifest that would say so.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace treino::data {

/// For a field that is no number, or a header that is a single column: "; is ';' the delimiter? Then say delimiter = \";\"".
/// Empty where nothing better is known.
std::string field_hint(std::string_view field, char delimiter);

/// The delimiter as a manifest says it: ";", "\t".
std::string in_manifest(char delimiter);

}  // namespace treino::data
