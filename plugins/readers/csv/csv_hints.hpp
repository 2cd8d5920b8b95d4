// What a CSV file that does not fit its description probably is: the key of the manifest that would say so.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace treino::readers {

/// For a field that is no number, or a header that is a single column: "; is ';' the delimiter? Then set delimiter = \";\"".
/// Empty where nothing better is known.
std::string field_hint(std::string_view field, char delimiter);

/// For a word in a column of features: the key that says that it stands for a missing value. Empty where it is no word.
std::string missing_hint(std::string_view word);
/// Likewise, of training data: in the first row the whole column may be words, and the key is the one that takes it out.
std::string word_hint(std::string_view word, bool first_row, bool has_target);

/// The delimiter as a manifest says it: ";", "\t".
std::string in_manifest(char delimiter);

}  // namespace treino::readers
