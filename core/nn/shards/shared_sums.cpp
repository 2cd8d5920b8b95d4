// Few values: every rank gets those of all shards and adds them itself.
#include "nn/shards/shared_sums.hpp"

#include <algorithm>

namespace treino::nn {

SharedSums::SharedSums(const Sharding& sharding)
    : sharding_(sharding),
      rows_(static_cast<std::size_t>(sharding.shards)),
      counts_(static_cast<std::size_t>(sharding.ranks())) {}

void SharedSums::add(std::span<Layer* const> layers, std::int64_t rows, bool gradients) {
  const std::size_t size = layers.front()->sums().size();
  all_.resize(size * rows_.size());
  const auto at = [&](std::size_t shard) { return std::span(all_).subspan(shard * size, size); };
  for (std::size_t s = 0; s < rows_.size(); ++s) rows_[s] = sharding_.rows_of_shard(rows, static_cast<int>(s)).count();
  const auto first = static_cast<std::size_t>(sharding_.first_shard());
  for (std::size_t i = 0; i < layers.size(); ++i) std::ranges::copy(layers[i]->sums(), at(first + i).begin());
  if (sharding_.exchange != nullptr) {
    std::ranges::fill(counts_, size * layers.size() * sizeof(double));
    sharding_.exchange->all_gather(at(first).data(), all_.data(), counts_);
  }
  add_in_tree(0, sharding_.shards, [&](int to_shard, int from_shard) {
    const auto to = static_cast<std::size_t>(to_shard), from = static_cast<std::size_t>(from_shard);
    if (rows_[from] == 0) return;
    if (rows_[to] == 0)
      std::ranges::copy(at(from), at(to).begin());
    else if (gradients)
      std::ranges::transform(at(to), at(from), at(to).begin(), std::plus<>());
    else
      layers.front()->add_sums(at(to), rows_[to], at(from), rows_[from]);
    rows_[to] += rows_[from];
  });
  for (Layer* layer : layers) std::ranges::copy(at(0), layer->sums().begin());
}

}  // namespace treino::nn
