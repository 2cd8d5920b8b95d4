// The first rows of a file, for checks before the run.
#pragma once
#include "data/dataset.hpp"

namespace treino::data {

struct Head {
  Dataset data;
  bool all = false;  // the file has no other rows
  std::string target_text;  // the place of a label that is no number, and what stands there; empty: there is none
};

/// As read() would give them, with its faults. Of arrays the targets alone (no features), and these only where they are few.
/// Throws DataError.
Head read_head(const Source& source, std::int64_t rows);

}  // namespace treino::data
