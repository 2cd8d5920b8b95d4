// Reading and writing past the system's cache, in aligned blocks. A large file that nobody will read again soon then takes no
// fresh pages (on a virtual machine they can cost ten times what the writing does) and drives nobody else's files out of the
// cache.
#pragma once
#include <fcntl.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>

namespace treino::store {

constexpr std::size_t block_size = 2 << 20;       // smaller ones keep the disk waiting
constexpr std::size_t block_alignment = 1 << 12;  // of addresses and of offsets, for any usual disk

struct FreeBlock {
  void operator()(std::byte* block) const { ::operator delete (block, std::align_val_t{block_alignment}); }
};
using Block = std::unique_ptr<std::byte[], FreeBlock>;

/// Not filled.
inline Block make_block() {
  return Block(static_cast<std::byte*>(::operator new (block_size, std::align_val_t{block_alignment})));
}

/// False where the file system cannot do this; where a disk wants more alignment, the next call says EINVAL.
inline bool pass_by_cache(int descriptor) { return fcntl(descriptor, F_SETFL, O_DIRECT) == 0; }
inline void use_cache(int descriptor) { fcntl(descriptor, F_SETFL, 0); }

}  // namespace treino::store
