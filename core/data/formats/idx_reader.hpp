// The head of an IDX file, the format of MNIST.
#pragma once
#include <string>

#include "data/formats/array_reader.hpp"

namespace treino::data {

/// The head of an IDX file (http://yann.lecun.com/exdb/mnist): the source then stands at the first element.
ArrayHead read_idx_head(ByteSource& source, const std::string& name);

}  // namespace treino::data
