// From the table that a reader gives to the dataset that is made of it.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "data/reading/table.hpp"
#include "data/source.hpp"

namespace treino::data {

/// The targets of another file, and the rows that it drops. `file`: of the features. Throws DataError where the rows are not as many.
void add_targets(Table& table, Table&& other, const std::string& file);
/// Takes out the rows that are dropped. Returns those that are left; empty: all are. Throws DataError where none is.
std::vector<std::uint32_t> drop_rows(Table& table, const std::string& file);
/// The first label that is no number, with its place; empty where there is none.
std::string first_text(const RawTargets& raw);
/// What the source says of a sample's shape, or else what was found. Throws DataError where they have not as many elements.
Shape checked_shape(const Source& source, const Shape& found);

}  // namespace treino::data
