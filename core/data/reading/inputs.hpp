// Several inputs of a model out of one row of numbers.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "data/source.hpp"

namespace treino::data {

/// The inputs of samples of `size` features, columns or in memory. Throws DataError where they are not as many.
std::vector<InputShape> inputs_of_columns(const Source& source, std::int64_t size, const std::string& name);

}  // namespace treino::data
