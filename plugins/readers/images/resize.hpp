// Images of another size, as Pillow's Image.resize(..., BILINEAR) and so torchvision's Resize of an image make them, bit for bit.
#pragma once
#include <cstdint>
#include <vector>

#include "image.hpp"

namespace treino::readers {

/// Weights of an axis: output i is the sum of weights * inputs from `first[i]` on, in 22 bits after the point.
struct AxisWeights {
  std::int64_t from = 0, to = 0;  // sizes
  std::vector<std::int64_t> first, count;
  std::vector<std::int32_t> weights;  // of output i from i * most on
  std::int64_t most = 0;
};

/// Keeps what images of one size have in common.
class Resizer {
 public:
  /// Makes `image` so large.
  void resize(Image& image, std::int64_t width, std::int64_t height);

 private:
  AxisWeights across_, down_;
  std::vector<std::uint8_t> result_;
};

}  // namespace treino::readers
