// Loops shared out to the threads of the pool.
#pragma once
#include <algorithm>
#include <cstdint>

#include "nn/kernels/kernels.hpp"
#include "nn/kernels/threads.hpp"

namespace treino::nn {

/// Fewer elements than this for each thread, and waking it takes longer than it saves.
constexpr std::int64_t worth_a_thread = 131072;

/// work(first, last) on equal parts of [0, size), each a multiple of 64 but for the last, by up to `threads` threads.
///   cost  of one of them, in elements that a loop reads
template <class Work>
void parallel_for(std::int64_t size, std::int64_t cost, int threads, Work work) {
  const int parts = static_cast<int>(std::min<std::int64_t>(threads, size * cost / worth_a_thread));
  if (parts < 2) return work(std::int64_t{0}, size);
  struct Shared {
    Work& work;
    std::int64_t size, share;
  } shared{work, size, 0};
  const std::int64_t unit = size >= 64 * parts ? 64 : 1;
  shared.share = ((size + unit - 1) / unit + parts - 1) / parts * unit;
  run_on_pool(
      threads, parts,
      [](void* data, int part, int) {
        const FlushScope flush_scope;
        const Shared& all = *static_cast<Shared*>(data);
        const std::int64_t first = part * all.share, last = std::min(all.size, first + all.share);
        if (first < last) all.work(first, last);
      },
      &shared);
}

}  // namespace treino::nn
