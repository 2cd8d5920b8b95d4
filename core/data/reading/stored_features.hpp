// Features that stay where they are, in their own type, until rows of them are asked for: in the source, or, where that is slow and they
// fit, in memory.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "data/feature_rows.hpp"
#include "data/reader.hpp"
#include "data/source.hpp"

namespace treino::data {

/// Bytes that the rows of these fields take as numbers in memory, and in their own type. Of a source that does not know its rows, or of
/// fields with texts, which have to be parsed from front to back: nothing is known.
struct FeatureBytes {
  bool known = false;
  std::uint64_t as_numbers = 0, own = 0;
};
FeatureBytes bytes_of_features(const Schema& schema, const std::vector<std::size_t>& features, bool keep_doubles);

/// A reader with the same rows that holds those of these fields in memory, in their own type. Throws DataError.
std::shared_ptr<Reader> held_in_memory(std::shared_ptr<Reader> reader, const std::vector<std::size_t>& features);

/// `doubles`: floats would be other numbers. What is missing is treated as `source` says, whose rows have been looked at before.
std::shared_ptr<const FeatureRows> stored_features(std::shared_ptr<Reader> reader, const Source& source,
                                                   std::vector<std::size_t> features, bool doubles);

}  // namespace treino::data
