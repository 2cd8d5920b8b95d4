// The head of a CSV file: lines to skip, whether there is a header, and what each column is.
#pragma once

#include "data/formats/csv_columns.hpp"
#include "data/source.hpp"

namespace treino::data {

/// Leaves the scanner before the first row of data. Throws DataError.
CsvHead read_head(CsvScanner& scanner, const Source& source, CsvContent content);

}  // namespace treino::data
