// Several inputs of the model, as [data] names them.
#pragma once
#include <vector>

#include "manifest/reading.hpp"

namespace treino::manifest {

/// `[data] inputs`, a table.
std::vector<DataInput> read_data_inputs(Value& value, Reading& reading);

/// That a file of [data] does not say otherwise what its features are. `given`: as it is written.
void check_file_of_inputs(const Table& given, const std::string& what, Reading& reading);

}  // namespace treino::manifest
