// An array of numbers, set to zero, on a cache line's boundary; made once, when the network is built.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>

namespace treino::nn {

template <class Number>
class Array {
 public:
  Array() = default;
  explicit Array(std::int64_t size) : size_(static_cast<std::size_t>(size)) {
    data_.reset(static_cast<Number*>(::operator new(std::max<std::size_t>(size_, 1) * sizeof(Number), alignment)));
    std::fill_n(data_.get(), size_, Number{});
  }
  Number* data() { return data_.get(); }
  const Number* data() const { return data_.get(); }
  std::size_t size() const { return size_; }
  std::span<Number> span() { return {data_.get(), size_}; }
  Number& operator[](std::int64_t i) { return data_.get()[i]; }

 private:
  static constexpr std::align_val_t alignment{64};
  struct Release {
    void operator()(Number* data) const { ::operator delete(data, alignment); }
  };
  std::unique_ptr<Number, Release> data_;
  std::size_t size_ = 0;
};

using Buffer = Array<float>;

}  // namespace treino::nn
