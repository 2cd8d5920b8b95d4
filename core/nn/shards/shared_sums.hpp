// Adds what layers have summed up over the rows of their shards (Layer::sums), in the tree.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "nn/layers/layer.hpp"
#include "nn/shards/sharding.hpp"

namespace treino::nn {

class SharedSums {
 public:
  explicit SharedSums(const Sharding& sharding);

  /// `layers`: the same layer in each of this process's shards, which have summed up their rows of a batch of `rows`. All get the sums
  /// of the whole batch. `gradients`: plain sums; else add_sums() knows.
  void add(std::span<Layer* const> layers, std::int64_t rows, bool gradients);

 private:
  const Sharding sharding_;
  std::vector<double> all_;         // every shard's
  std::vector<std::int64_t> rows_;  // that are in them
  std::vector<std::uint64_t> counts_;
};

}  // namespace treino::nn
