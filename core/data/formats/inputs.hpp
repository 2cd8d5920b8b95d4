// Several inputs of a model out of one file: columns of a CSV file, or arrays of a NPZ file.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "data/formats/table.hpp"
#include "data/source.hpp"

namespace treino::data {

/// Throws DataError where a file of this format ("csv", "npz", ..., or "memory") cannot hold the inputs.
void check_inputs(const Source& source, const std::string& format, const std::string& name);

/// The inputs of samples of `size` features, columns or in memory. Throws DataError where they are not as many.
std::vector<InputShape> inputs_of_columns(const Source& source, std::int64_t size, const std::string& name);

/// The inputs' arrays of a NPZ file, side by side for each sample. Throws DataError where they have not as many rows.
Table read_array_inputs(const Source& source);
std::vector<InputShape> outline_array_inputs(const Source& source);

}  // namespace treino::data
