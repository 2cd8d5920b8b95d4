// Which versions of a plugin a manifest takes: `version = ">=1.2, <2"`.
#pragma once
#include <string>
#include <string_view>

namespace treino::manifest {

/// What is wrong with a range, "" where nothing is. One is a comparison (>=, >, <=, <, =, !=) with a version, or several with
/// commas between them, and all must hold.
std::string fault_in_range(std::string_view range);
/// Whether a version of numbers with dots is in a range without a fault. Numbers that are missing are 0, and what follows a `-`
/// makes a version an earlier one (1.2-beta < 1.2), as in semver.org.
bool in_range(std::string_view range, std::string_view version);
/// Whether in_range() can tell: "1.2.0", "2", "1.2-beta".
bool is_version(std::string_view text);

}  // namespace treino::manifest
