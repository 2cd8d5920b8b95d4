// An array of numbers on a cache line's boundary (a large one on a huge page's); made once, when the network is built.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace treino::nn {

/// Memory for `bytes` bytes, not set to anything; large arrays lie in huge pages where the system has them. Throws
/// std::bad_alloc.
void* allocate_aligned(std::size_t bytes);
/// The same, of zeros. Large arrays take no time and no memory until they are used.
void* allocate_zeroed(std::size_t bytes);
void release_aligned(void* memory, std::size_t bytes);

template <class Number>
class Array {
 public:
  Array() = default;
  /// Of zeros.
  explicit Array(std::int64_t size) : Array(size, allocate_zeroed) {}
  /// Of anything: memory that nobody touches need not be there.
  static Array unset(std::int64_t size) { return Array(size, allocate_aligned); }
  Number* data() { return data_.get(); }
  const Number* data() const { return data_.get(); }
  std::size_t size() const { return size_; }
  std::span<Number> span() { return {data_.get(), size_}; }
  Number& operator[](std::int64_t i) { return data_.get()[i]; }

 private:
  struct Release {
    std::size_t bytes = 0;
    void operator()(Number* data) const { release_aligned(data, bytes); }
  };
  Array(std::int64_t size, void* (*allocate)(std::size_t)) : size_(static_cast<std::size_t>(size)) {
    const std::size_t bytes = std::max<std::size_t>(size_, 1) * sizeof(Number);
    data_ = {static_cast<Number*>(allocate(bytes)), Release{bytes}};
  }
  std::unique_ptr<Number, Release> data_;
  std::size_t size_ = 0;
};

using Buffer = Array<float>;

}  // namespace treino::nn
