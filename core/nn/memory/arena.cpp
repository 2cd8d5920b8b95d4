// Where the blocks of an arena lie.
#include "nn/memory/arena.hpp"

#include <algorithm>
#include <new>
#include <numeric>

namespace treino::nn {
namespace {

constexpr std::size_t most_bytes = std::size_t{1} << 47;  // of an address space

std::size_t rounded(std::size_t bytes) { return (bytes + block_alignment - 1) / block_alignment * block_alignment; }

bool overlap(const Lifetime& a, const Lifetime& b) { return a.first <= b.last && b.first <= a.last; }

/// The lowest offset for `block` between those in `placed`, which are in order of their offsets.
std::size_t lowest_free(const Block& block, const std::vector<const Block*>& placed) {
  std::size_t offset = 0;
  for (const Block* other : placed) {
    if (!overlap(block.lifetime, other->lifetime)) continue;
    if (offset + block.bytes <= other->offset) break;
    offset = std::max(offset, rounded(other->offset + other->bytes));
  }
  return offset;
}

}  // namespace

// The largest first, each as low as it fits: "greedy by size" of Pisarchyk & Lee, Efficient Memory Management for Deep Neural Net
// Inference, 2020. The optimum is hard to find, and this is at or near it for networks.
std::size_t lay_out(std::span<Block> blocks) {
  std::vector<std::size_t> order(blocks.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return blocks[a].bytes > blocks[b].bytes; });
  std::vector<const Block*> placed;
  std::size_t total = 0;
  for (const std::size_t i : order) {
    Block& block = blocks[i];
    if (block.bytes > most_bytes) throw std::bad_alloc();  // also of a product of sizes that has overflowed
    block.offset = lowest_free(block, placed);
    if (block.offset > most_bytes) throw std::bad_alloc();
    total = std::max(total, block.offset + rounded(block.bytes));
    const auto comes_first = [](const Block* a, const Block* b) { return a->offset < b->offset; };
    placed.insert(std::upper_bound(placed.begin(), placed.end(), &block, comes_first), &block);
  }
  return total;
}

void Arena::build() {
  memory_ = Array<std::byte>::unset(static_cast<std::int64_t>(lay_out(blocks_)));
  for (std::size_t i = 0; i < blocks_.size(); ++i) *places_[i] = memory_.data() + blocks_[i].offset;
}

}  // namespace treino::nn
