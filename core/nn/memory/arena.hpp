// One piece of memory for all that is in use for a part of the time only: what is never in use at the same time may lie at the
// same place.
#pragma once
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "nn/memory/buffer.hpp"

namespace treino::nn {

/// Numbers in an arena; nothing until that is built. It stays where it is: the arena knows its address.
template <class Number>
class ArenaSpan {
 public:
  ArenaSpan() = default;
  ArenaSpan(const ArenaSpan&) = delete;
  ArenaSpan& operator=(const ArenaSpan&) = delete;

  Number* data() { return static_cast<Number*>(memory_); }
  const Number* data() const { return static_cast<const Number*>(memory_); }
  std::size_t size() const { return size_; }
  Number& operator[](std::int64_t i) { return data()[i]; }

 private:
  friend class Arena;
  void* memory_ = nullptr;
  std::size_t size_ = 0;
};

/// In use from time `first` through time `last`.
struct Lifetime {
  int first, last;
};

struct Block {
  std::size_t bytes;
  Lifetime lifetime;
  std::size_t offset = 0;
};

constexpr std::size_t block_alignment = 64;  // a cache line

/// Gives every block an offset, a multiple of block_alignment, so that no two in use at one time overlap. Returns how many
/// bytes that takes: never more than one after the other would.
std::size_t lay_out(std::span<Block> blocks);

class Arena {
 public:
  /// Returns the block's number. Until limit() is called for it, it is in use all the time.
  template <class Number>
  std::size_t request(ArenaSpan<Number>& slice, std::int64_t size) {
    slice.size_ = static_cast<std::size_t>(size);
    blocks_.push_back({slice.size_ * sizeof(Number), always});
    places_.push_back(&slice.memory_);
    return blocks_.size() - 1;
  }
  void limit(std::size_t block, Lifetime lifetime) { blocks_.at(block).lifetime = lifetime; }

  /// Slices are set to anything. Throws std::bad_alloc.
  void build();

  std::size_t size() const { return memory_.size(); }  // bytes

 private:
  static constexpr Lifetime always{std::numeric_limits<int>::min(), std::numeric_limits<int>::max()};

  std::vector<Block> blocks_;
  std::vector<void**> places_;  // of the slices, in the order of blocks_
  Array<std::byte> memory_;
};

}  // namespace treino::nn
