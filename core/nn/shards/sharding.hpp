// How the work on a batch is divided: into a fixed number of shards, whose results are added in a fixed binary tree, so that it
// makes no difference to any bit how many processes share the shards.
#pragma once
#include <cstdint>

#include "nn/shards/exchange.hpp"

namespace treino::nn {

/// Rows [first, last) of a batch.
struct RowRange {
  std::int64_t first, last;
  std::int64_t count() const { return last - first; }
};

struct Sharding {
  int shards = 1;
  Exchange* exchange = nullptr;  // null: this process has all shards. It outlives the model, and its ranks divide the shards.

  int ranks() const { return exchange == nullptr ? 1 : exchange->ranks(); }
  int shards_per_rank() const { return shards / ranks(); }
  int first_shard() const { return exchange == nullptr ? 0 : exchange->rank() * shards_per_rank(); }
  bool is_divided() const { return shards > 1; }

  /// Rows of a shard in a batch of `rows`; none where there are more shards than rows.
  RowRange rows_of_shard(std::int64_t rows, int shard) const { return {rows * shard / shards, rows * (shard + 1) / shards}; }
  RowRange rows_of_rank(std::int64_t rows, int rank) const {
    return {rows * (rank * shards_per_rank()) / shards, rows * ((rank + 1) * shards_per_rank()) / shards};
  }
};

/// Calls add(a, b) for the inner nodes of the tree over [first, last): what is at b is to be added to what is at a; the result is at
/// `first`. A node of `leaf` neighbors counts as a leaf: it was added before.
template <class Add>
void add_in_tree(int first, int last, Add&& add, int leaf = 1) {
  if (last - first <= leaf) return;
  const int middle = first + (last - first + 1) / 2;
  add_in_tree(first, middle, add, leaf);
  add_in_tree(middle, last, add, leaf);
  add(first, middle);
}

/// Whether each of the blocks of `size` leaves is a node of the tree over `leaves`, so that it can be added by itself first.
inline bool are_nodes_of_tree(int leaves, int size) {
  if (leaves <= size) return leaves == size;
  const int left = (leaves + 1) / 2;
  return left % size == 0 && are_nodes_of_tree(left, size) && are_nodes_of_tree(leaves - left, size);
}

}  // namespace treino::nn
