// What every reader hands over, whatever the format.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "data/formats/csv_columns.hpp"
#include "data/dataset.hpp"
#include "data/feature_values.hpp"
#include "data/targets.hpp"

namespace treino::data {

struct Features {
  std::int64_t count = 0;
  Shape shape;           // of one sample
  FeatureValues values;  // count x shape; NaN where missing and to be filled with the mean
  std::vector<std::string> names;
};

struct Table {
  Features features;                  // unless targets alone are asked for
  RawTargets targets;                 // width 0: none
  std::vector<std::uint8_t> dropped;  // a row: not 0 where it is to be skipped; empty: none is
};

/// The rows of a CSV file, or the first `most` of them (0: all). `content` says which of the table's parts are wanted. Throws
/// DataError.
Table read_csv(const std::filesystem::path& path, const Source& source, CsvContent content, std::size_t most = 0);
CsvHead outline_csv(const std::filesystem::path& path, const Source& source, CsvContent content);

/// An array of numbers in an IDX file, a NPY file or a NPZ archive's member.
Table read_array_features(const std::filesystem::path& path, const Source& source, const std::string& format);
Table read_array_targets(const std::filesystem::path& path, const Source& source, const std::string& format);
Shape outline_array(const std::filesystem::path& path, const Source& source, const std::string& format);

}  // namespace treino::data
