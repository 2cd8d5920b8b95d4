// The head of a CSV file: whether it has a header, and what each column is read as.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "data/formats/csv_scanner.hpp"
#include "data/dataset.hpp"

namespace treino::data {

struct ColumnRole {
  enum class Use { skipped, feature, target } use = Use::skipped;
  std::size_t slot = 0;  // which feature or target it is
};

struct CsvHead {
  std::vector<std::string> names;  // empty without a header
  std::vector<ColumnRole> roles;   // one a column
  std::size_t feature_count = 0, target_count = 0;
  std::int64_t line = 1;    // of the header, or of the first row
  std::string first_field;  // of it

  std::vector<std::string> names_of(ColumnRole::Use use) const;
};

/// What is wanted of a file: of a file of targets alone, all columns are targets unless some are named.
enum class CsvContent { features_and_targets, features_only, targets_only };

/// Leaves the scanner before the first row of data. Throws DataError.
CsvHead read_head(CsvScanner& scanner, const Source& source, CsvContent content);

}  // namespace treino::data
