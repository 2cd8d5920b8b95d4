// Reading a source whose reader is a plugin: read(), outline() and read_head() of it.
#pragma once
#include "data/formats/read.hpp"

namespace treino::data {

Dataset read_source(const Source& source);
Outline outline_source(const Source& source);
Head head_of_source(const Source& source, std::int64_t rows);

}  // namespace treino::data
