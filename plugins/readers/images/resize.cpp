// A triangle as wide as an output pixel, or as an input pixel where these are larger, round the output pixel's center: bilinear
// interpolation that looks at every input pixel where an image becomes smaller. Rows first, rounded to bytes, then columns.
#include "resize.hpp"

#include <algorithm>
#include <cmath>

namespace treino::readers {

namespace {

constexpr int fraction_bits = 22;

void set_weights(AxisWeights& axis, std::int64_t from, std::int64_t to) {
  if (axis.from == from && axis.to == to) return;
  const double scale = static_cast<double>(from) / static_cast<double>(to), reach = std::max(scale, 1.0);
  axis = {from, to, {}, {}, {}, static_cast<std::int64_t>(std::ceil(reach)) * 2 + 1};
  axis.weights.resize(static_cast<std::size_t>(to * axis.most));
  std::vector<double> exact(static_cast<std::size_t>(axis.most));
  for (std::int64_t i = 0; i < to; ++i) {
    const double center = (static_cast<double>(i) + 0.5) * scale;
    const auto first = std::max(static_cast<std::int64_t>(center - reach + 0.5), std::int64_t{0});
    const std::int64_t count = std::min(static_cast<std::int64_t>(center + reach + 0.5), from) - first;
    double sum = 0.0;
    for (std::int64_t k = 0; k < count; ++k) {
      const double distance = std::abs((static_cast<double>(first + k) - center + 0.5) * (1.0 / reach));
      sum += exact[static_cast<std::size_t>(k)] = std::max(1.0 - distance, 0.0);
    }
    for (std::int64_t k = 0; k < count; ++k)
      axis.weights[static_cast<std::size_t>(i * axis.most + k)] =
          static_cast<std::int32_t>(0.5 + exact[static_cast<std::size_t>(k)] / sum * (1 << fraction_bits));
    axis.first.push_back(first);
    axis.count.push_back(count);
  }
}

/// `step`: from one input of the sum to the next.
std::uint8_t weighted(const std::uint8_t* inputs, std::int64_t step, const std::int32_t* weights, std::int64_t count) {
  std::int64_t sum = std::int64_t{1} << (fraction_bits - 1);
  for (std::int64_t k = 0; k < count; ++k) sum += std::int64_t{inputs[k * step]} * weights[k];
  return static_cast<std::uint8_t>(std::clamp<std::int64_t>(sum >> fraction_bits, 0, 255));
}

}  // namespace

void Resizer::resize(Image& image, std::int64_t width, std::int64_t height) {
  const std::int64_t channels = image.channels;
  if (image.width != width) {
    set_weights(across_, image.width, width);
    result_.resize(static_cast<std::size_t>(width * image.height * channels));
    std::uint8_t* to = result_.data();
    for (std::int64_t y = 0; y < image.height; ++y)
      for (std::int64_t x = 0; x < width; ++x)
        for (std::int64_t c = 0; c < channels; ++c)
          *to++ = weighted(image.row(y) + across_.first[static_cast<std::size_t>(x)] * channels + c, channels,
                           across_.weights.data() + x * across_.most, across_.count[static_cast<std::size_t>(x)]);
    image.pixels.swap(result_);
    image.width = width;
  }
  if (image.height != height) {
    set_weights(down_, image.height, height);
    const auto row = static_cast<std::int64_t>(image.row_bytes());
    result_.resize(static_cast<std::size_t>(row * height));
    std::uint8_t* to = result_.data();
    for (std::int64_t y = 0; y < height; ++y)
      for (std::int64_t x = 0; x < row; ++x)
        *to++ = weighted(image.row(down_.first[static_cast<std::size_t>(y)]) + x, row, down_.weights.data() + y * down_.most,
                         down_.count[static_cast<std::size_t>(y)]);
    image.pixels.swap(result_);
    image.height = height;
  }
}

}  // namespace treino::readers
