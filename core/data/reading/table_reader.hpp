// The rows of a source, as numbers: features, and targets as they are there.
#pragma once
#include <cstdint>

#include "data/reading/field_uses.hpp"
#include "data/reading/table.hpp"

namespace treino::data {

/// None: not read. Checked: read, and left out of the table.
enum class FeatureUse { none, checked, kept };

/// Reads all rows, or the first `most` of them (0: all), of the fields that are used. What is missing is treated as `source` says.
/// Throws DataError.
Table read_table(std::shared_ptr<Reader> reader, const Source& source, const FieldUses& uses, FeatureUse features,
                 std::int64_t most = 0);

}  // namespace treino::data
