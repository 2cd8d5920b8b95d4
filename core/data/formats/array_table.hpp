// Features and targets from arrays of numbers: IDX, NPY and NPZ.
#pragma once
#include <filesystem>
#include <string>

#include "data/formats/table.hpp"
#include "data/source.hpp"

namespace treino::data {

/// An array of numbers in an IDX file, a NPY file or a NPZ archive's member.
Table read_array_features(const std::filesystem::path& path, const Source& source, const std::string& format);
Table read_array_targets(const std::filesystem::path& path, const Source& source, const std::string& format);
Shape outline_array(const std::filesystem::path& path, const Source& source, const std::string& format);

}  // namespace treino::data
