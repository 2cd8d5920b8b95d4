// The head of a CSV file: lines to skip, and whether there is a header.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "shared/readers/csv_scanner.hpp"

namespace treino::readers {

/// What is said of a file, and what it is opened for.
struct CsvOptions {
  std::optional<bool> header;  // nothing: found out
  char delimiter = ',';        // ' ' means runs of blanks
  std::int64_t skip_lines = 0;
  bool further = false;  // beside the training data
  std::vector<std::string> feature_names, target_names, missing;
};

struct CsvHead {
  std::vector<std::string> names;  // empty without a header
  std::size_t columns = 0;
  std::int64_t line = 1;    // of the header, or of the first row
  std::string first_field;  // of it
};

/// Leaves the scanner before the first row of data. Throws std::runtime_error.
CsvHead read_head(CsvScanner& scanner, const CsvOptions& options);

}  // namespace treino::readers
