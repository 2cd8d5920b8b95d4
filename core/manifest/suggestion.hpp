// How a fault continues after what was found: the nearest right name, and the names there are.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace treino::manifest {

/// " Did you mean 'patience'?" where a candidate is near enough (Damerau-Levenshtein, at most a third of the length), else "".
std::string suggestion(std::string_view wrong, const std::vector<std::string>& candidates);
/// "a, b, c"; cut after `most` with "and 12 more".
std::string enumerate(const std::vector<std::string>& names, std::size_t most = 20);

}  // namespace treino::manifest
