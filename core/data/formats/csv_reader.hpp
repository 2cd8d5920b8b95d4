// Features and targets from a CSV file.
#pragma once
#include <cstddef>
#include <filesystem>

#include "data/formats/csv_head.hpp"
#include "data/formats/table.hpp"
#include "data/source.hpp"

namespace treino::data {

/// The rows of a CSV file, or the first `most` of them (0: all). `content` says which of the table's parts are wanted. Throws
/// DataError.
Table read_csv(const std::filesystem::path& path, const Source& source, CsvContent content, std::size_t most = 0);
CsvHead outline_csv(const std::filesystem::path& path, const Source& source, CsvContent content);

}  // namespace treino::data
