// The learning rate over the run as an SVG picture.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace treino::cli {

struct RatePoint {
  std::uint64_t epoch, step;
  double rate, momentum;  // NaN: no scheduler sets it
};

/// `points` in order, each held until the next; `epochs` is where the last one ends. Momentum, where there is any, is a dashed
/// line with a scale of its own on the right.
std::string rate_picture(const std::vector<RatePoint>& points, std::uint64_t epochs, const std::string& title);

}  // namespace treino::cli
