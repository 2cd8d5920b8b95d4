// Numbers from text, the same in every locale.
#pragma once
#include <string>
#include <string_view>

namespace treino::data {

enum class NumberError { none, not_a_number, not_finite, too_large };

/// All of `text` as a decimal number ("+1", ".5" and "1e-3" too); what is too small becomes zero. `value` is set without a fault
/// only. Beyond the range of float is too_large, since all numbers end as floats.
NumberError parse_number(std::string_view text, double& value);

/// "expected a number, found 'abc'"
std::string describe(NumberError fault, std::string_view text);

}  // namespace treino::data
