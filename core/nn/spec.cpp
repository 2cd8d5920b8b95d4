// Shapes as texts and as numbers of elements.
#include "nn/spec.hpp"

#include <fmt/format.h>

#include <functional>
#include <numeric>

namespace treino::nn {

std::int64_t size_of(const Shape& shape) {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

std::string to_text(const Shape& shape) { return fmt::format("{}", fmt::join(shape, "x")); }

}  // namespace treino::nn
