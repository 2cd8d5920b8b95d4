// The head of a NPY file, the format of numpy.save().
#pragma once
#include <string>

#include "data/formats/array_reader.hpp"

namespace treino::data {

/// The head of a NPY file, versions 1 to 3 (numpy.lib.format).
ArrayHead read_npy_head(ByteSource& source, const std::string& name);

}  // namespace treino::data
