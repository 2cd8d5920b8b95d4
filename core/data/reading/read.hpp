// Reading a source of samples, whoever opens it: all of it, its outline, or its first rows.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "data/source.hpp"

namespace treino::data {

/// Reads all of it. Throws DataError, and never allocates by a number of rows that the source has not shown.
Dataset read(const Source& source);

/// The sample shape and target names known from the head of the file alone, for checks before the run. Throws DataError.
struct Outline {
  Shape sample_shape;
  std::vector<InputShape> inputs;
  std::vector<std::string> columns;  // empty where they have no names
  std::int64_t column_count = 0;
};
Outline outline(const Source& source);

/// The first rows of a file, for checks before the run.
struct Head {
  Dataset data;
  bool all = false;         // the file has no other rows
  std::string target_text;  // the place of a label that is no number, and what stands there; empty: there is none
};

/// As read() would give them, with its faults. Where all values are numbers already, the targets alone: all of them where they are few.
/// Throws DataError.
Head read_head(const Source& source, std::int64_t rows);

}  // namespace treino::data
