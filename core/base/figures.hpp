// Numbers as people read them.
#pragma once
#include <cstdint>
#include <string>

namespace treino::base {

/// "1,797"
std::string grouped(std::int64_t number);
/// Four significant digits: "0.9722", "1.234e-05".
std::string brief(double number);
/// Shortest text that reads back as the same number.
std::string exact(double number);

}  // namespace treino::base
