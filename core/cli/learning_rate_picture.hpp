// The learning rate over the run as an SVG picture.
#pragma once
#include <treino/library/run.h>

#include <cstdint>
#include <span>
#include <string>

namespace treino::cli {

/// `points` in order, each held until the next; `epochs` is where the last one ends. Momentum, where there is any, is a dashed
/// line with a scale of its own on the right.
std::string learning_rate_picture(std::span<const treino_schedule_point> points, std::uint64_t epochs, const std::string& title);

}  // namespace treino::cli
