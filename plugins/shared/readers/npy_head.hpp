// The head of a NPY file, the format of numpy.save().
#pragma once
#include <string>

#include "shared/readers/array_head.hpp"
#include "shared/readers/byte_source.hpp"

namespace treino::readers {

/// The head of a NPY file, versions 1 to 3 (numpy.lib.format).
ArrayHead read_npy_head(ByteSource& source, const std::string& name);

}  // namespace treino::readers
