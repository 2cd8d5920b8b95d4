// Targets beside the dataset's own, out of the features' source.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "data/reading/table.hpp"
#include "data/source.hpp"

namespace treino::data {

/// As the source holds them, in the order of source.further_targets, by a function that reads the targets of one of of_target(); rows to
/// be dropped go to `dropped`. Throws DataError where they have not `rows` rows.
std::vector<RawTargets> read_further_targets(const Source& source, std::int64_t rows, std::vector<std::uint8_t>& dropped,
                                             const std::function<Table(const Source&)>& read);
/// The source as if this were its only target.
Source of_target(const Source& source, const Source::FurtherTarget& target);
/// In the form that losses expect; `raw` is used up.
std::vector<Targets> build_further_targets(std::vector<RawTargets>& raw, const Source& source);

}  // namespace treino::data
