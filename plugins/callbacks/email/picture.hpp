// The pictures in a mail: a small line chart as PNG, which every mail program shows.
#pragma once
#include "shared/training/learning_curves.hpp"

namespace email {

constexpr int picture_width = 480, picture_height = 180;

/// Returns a PNG of a scalar over the epochs, in blue, and of the validation's of the same name, in orange; "" where there is
/// nothing to draw.
std::string picture(const std::vector<const treino::LearningCurve*>& shown, const std::vector<std::uint64_t>& epochs);

}  // namespace email
