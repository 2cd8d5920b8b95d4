// From the types in which sources keep their values to the numbers that training takes.
#pragma once
#include <cstddef>
#include <cstdint>

#include "data/reader.hpp"

namespace treino::data {

/// Converts `count` values that lie one after the other. Number: float, double.
template <class Number>
void convert_values(FieldType type, const std::byte* values, std::size_t count, Number* to);

/// Whether floats hold all values of the type.
bool are_floats(FieldType type);

}  // namespace treino::data
