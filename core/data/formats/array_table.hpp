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
/// Looks for what is missing, infinite or out of range, in features that were read from an array, and treats it as `source` says.
/// `name`: the array's, for errors.
void check_array_features(Table& table, const Source& source, const std::string& name);
void check_array_targets(Table& table, const Source& source);

/// That the array of targets is there.
void outline_array_targets(const std::filesystem::path& path, const Source& source, const std::string& format);
Shape outline_array(const std::filesystem::path& path, const Source& source, const std::string& format);

}  // namespace treino::data
