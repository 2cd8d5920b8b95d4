// Which classes a target column has, and which of them each of its texts means.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "data/raw_targets.hpp"
#include "data/source.hpp"

namespace treino::data {

struct Classes {
  std::vector<std::string> names;
  std::vector<std::int32_t> of_text;  // class of each of the texts
};

/// Texts are sorted, labels that are numbers keep them, given names keep their order. Throws DataError where a label is none of the
/// classes. Numbers become texts in `raw`.
Classes find_classes(RawTargets& raw, const Source& source);

}  // namespace treino::data
