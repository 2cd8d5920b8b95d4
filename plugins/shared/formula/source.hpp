// A formula as it stands in a manifest, and how errors say where in it something is wrong.
#pragma once
#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <string>

namespace treino {
namespace formula {

struct Source {
  std::string name;  // of the parameter: "loss", "sums.hits"
  std::string text;
};

/// Throws std::invalid_argument: "loss, column 12: <why>", with the line too where the formula has several. `at` counts bytes, which
/// up to the first error are characters.
[[noreturn]] inline void refuse(const Source& source, std::size_t at, const std::string& why) {
  const std::string before = source.text.substr(0, at);
  const std::size_t begin = before.rfind('\n') == std::string::npos ? 0 : before.rfind('\n') + 1;
  std::string place = "column " + std::to_string(at - begin + 1);
  if (source.text.find('\n') != std::string::npos)
    place = "line " + std::to_string(std::count(before.begin(), before.end(), '\n') + 1) + ", " + place;
  throw std::invalid_argument(source.name + ", " + place + ": " + why);
}

}  // namespace formula
}  // namespace treino
