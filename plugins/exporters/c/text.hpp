// Values and names as C source.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace treino::exporters {

/// Exact: "0.1f", "-INFINITY".
std::string literal(float value);
std::string literal(double value);
/// A string literal, of any bytes.
std::string literal(const std::string& text);

/// What may stand in a comment of one line: other characters than letters, digits and a few signs become '_'.
std::string comment_text(const std::string& text);

/// "my-net 2" becomes "my_net_2".
std::string identifier(const std::string& text);
std::string upper_case(std::string text);

/// `static const float <name>[<count>] = {...};`
template <class Number>
std::string array(const std::string& name, const Number* values, std::int64_t count);

}  // namespace treino::exporters
