// A view of elements that lie one after the other, lent by the host for the length of a call.
#pragma once
#include <cstdint>
#include <treino/detail/language.hpp>

namespace treino {
inline namespace sdk0 {

template <class T>
class Span {
 public:
  Span() = default;
  Span(T* data, std::int64_t size) : data_(data), size_(size) {}
  T* data() const { return data_; }
  std::int64_t size() const { return size_; }
  T* begin() const { return data_; }
  T* end() const { return data_ + size_; }
  T& operator[](std::int64_t index) const { return data_[index]; }

 private:
  T* data_ = nullptr;
  std::int64_t size_ = 0;
};

}  // namespace sdk0
}  // namespace treino
