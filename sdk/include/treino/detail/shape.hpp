// The shape of a sample or of a parameter.
#pragma once
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <treino/detail/language.hpp>
#include <utility>
#include <vector>

namespace treino {
inline namespace sdk0 {

/// Sizes, without the batch: {64}, or {channels, height, width}.
class Shape {
 public:
  Shape() = default;
  Shape(std::initializer_list<std::int64_t> sizes) : sizes_(sizes) {}
  explicit Shape(std::vector<std::int64_t> sizes) : sizes_(std::move(sizes)) {}

  /// Number of axes.
  std::size_t rank() const { return sizes_.size(); }
  /// Number of elements.
  std::int64_t size() const {
    std::int64_t elements = 1;
    for (const std::int64_t one : sizes_) elements *= one;
    return elements;
  }
  std::int64_t operator[](std::size_t axis) const { return sizes_[axis]; }
  std::int64_t& operator[](std::size_t axis) { return sizes_[axis]; }
  std::int64_t back() const { return sizes_.back(); }
  const std::int64_t* data() const { return sizes_.data(); }
  auto begin() const { return sizes_.begin(); }
  auto end() const { return sizes_.end(); }
  /// "3x28x28"
  std::string text() const {
    std::string sizes;
    for (const std::int64_t one : sizes_) sizes += (sizes.empty() ? "" : "x") + std::to_string(one);
    return sizes;
  }
  friend bool operator==(const Shape& one, const Shape& other) { return one.sizes_ == other.sizes_; }
  friend bool operator!=(const Shape& one, const Shape& other) { return !(one == other); }

 private:
  std::vector<std::int64_t> sizes_;
};

}  // namespace sdk0
}  // namespace treino
