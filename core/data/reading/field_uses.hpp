// What each field of a source is read as, by what is asked for and by what the source says of itself.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "data/reader.hpp"
#include "data/source.hpp"

namespace treino::data {

struct FieldUse {
  enum class Use { skipped, feature, target, aside } use = Use::skipped;
  std::size_t slot = 0;  // which of the features or targets it is
};

struct FieldUses {
  std::vector<FieldUse> of;  // one per field
  std::size_t feature_count = 0, target_count = 0;

  /// The fields of a use, in the order of their slots.
  std::vector<std::size_t> fields(FieldUse::Use use) const;
  /// Their names; none where the source names none, or where they are not columns.
  std::vector<std::string> names(const Schema& schema, FieldUse::Use use) const;
};

/// What is wanted of a source: of one of targets alone, all fields are targets unless some are named.
enum class Content { features_and_targets, features_only, targets_only };

/// Throws DataError.
FieldUses field_uses(const Reader& reader, const Source& source, Content content);

/// The shape of a sample, and its inputs where there are several. Throws DataError where features and inputs do not fit.
Shape sample_shape_of(const Reader& reader, const Source& source, const FieldUses& uses, std::vector<InputShape>& inputs);

}  // namespace treino::data
