// Targets beside the dataset's own, out of the features' file.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "data/formats/table.hpp"
#include "data/source.hpp"

namespace treino::data {

/// Throws DataError where a file of this format ("csv", "npz", ..., or "memory") cannot hold them.
void check_further_targets(const Source& source, const std::string& format, const std::string& name);

/// As the file holds them, in the order of source.further_targets; rows to be dropped go to `dropped`. `header`: whether a CSV file has
/// one. Throws DataError where they have not `rows` rows.
std::vector<RawTargets> read_further_targets(const Source& source, const std::string& format, bool header, std::int64_t rows,
                                             std::vector<std::uint8_t>& dropped);
/// The same by a function that reads the targets of one of of_target().
std::vector<RawTargets> read_further_targets(const Source& source, std::int64_t rows, std::vector<std::uint8_t>& dropped,
                                             const std::function<Table(const Source&)>& read);
/// The source as if this were its only target.
Source of_target(const Source& source, const Source::FurtherTarget& target);
/// That they are there.
void outline_further_targets(const Source& source, const std::string& format, bool header);

/// In the form that losses expect; `raw` is used up.
std::vector<Targets> build_further_targets(std::vector<RawTargets>& raw, const Source& source);

}  // namespace treino::data
