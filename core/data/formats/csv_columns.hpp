// What each column of a CSV file is read as, by what is asked for and by the names of its header.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "data/formats/csv_scanner.hpp"
#include "data/source.hpp"

namespace treino::data {

struct ColumnRole {
  enum class Use { skipped, feature, target, aside } use = Use::skipped;
  std::size_t slot = 0;  // which feature or target it is
};

struct CsvHead {
  std::vector<std::string> names;  // empty without a header
  std::vector<ColumnRole> roles;   // one per column
  std::size_t feature_count = 0, target_count = 0;
  std::int64_t line = 1;    // of the header, or of the first row
  std::string first_field;  // of it

  std::vector<std::string> names_of(ColumnRole::Use use) const;
};

/// What is wanted of a file: of a file of targets alone, all columns are targets unless some are named.
enum class CsvContent { features_and_targets, features_only, targets_only };

/// Gives each column of `head`, whose names and number of columns are known, its role. Throws DataError.
void assign_roles(const CsvScanner& scanner, const Source& source, CsvContent content, CsvHead& head);

}  // namespace treino::data
