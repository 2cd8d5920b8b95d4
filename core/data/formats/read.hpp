// Reading a file of samples, whatever its format: all of it, its outline, or its first rows.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "data/source.hpp"

namespace treino::data {

/// Reads all of it. Throws DataError; never crashes on malformed, truncated or hostile files, and never allocates by a size that
/// the file's own length does not back.
Dataset read(const Source& source);

/// The sample shape and target names known from the head of the file alone, for checks before the run. Throws DataError.
struct Outline {
  Shape sample_shape;
  std::vector<InputShape> inputs;
  std::vector<std::string> columns;  // CSV header, empty if none
  std::int64_t column_count = 0;     // CSV
};
Outline outline(const Source& source);

/// The first rows of a file, for checks before the run.
struct Head {
  Dataset data;
  bool all = false;         // the file has no other rows
  std::string target_text;  // the place of a label that is no number, and what stands there; empty: there is none
};

/// As read() would give them, with its faults. Of arrays the targets alone (no features), and these only where they are few.
/// Throws DataError.
Head read_head(const Source& source, std::int64_t rows);

}  // namespace treino::data
