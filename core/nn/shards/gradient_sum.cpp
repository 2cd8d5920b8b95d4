// All ranks begin the same exchanges in the same order: what is done when depends on the layers alone, never on how fast they come.
#include "nn/shards/gradient_sum.hpp"

#include <algorithm>

#include "nn/kernels/parallel_for.hpp"

namespace treino::nn {

namespace {

/// In floats. Smaller exchanges cost more in latency than they gain by beginning early.
constexpr std::int64_t bucket_size = 256 * 1024;
/// Exchanges of slices under way at once; then the oldest is waited for and its sums are handed on.
constexpr std::size_t most_under_way = 2;

void add_floats(float* to, const float* from, std::int64_t size, int threads) {
  parallel_for(size, 2, threads, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i) to[i] += from[i];
  });
}

}  // namespace

GradientSum::GradientSum(const Sharding& sharding, std::vector<std::span<Parameter>> shards)
    : sharding_(sharding),
      ranks_(sharding.ranks()),
      parts_(are_nodes_of_tree(sharding.shards, sharding.shards_per_rank()) ? 1 : sharding.shards_per_rank()),
      shards_(std::move(shards)) {}

void GradientSum::plan() {
  buckets_.clear();
  if (ranks_ == 1) return;
  const std::span<Parameter> parameters = shards_.front();
  for (std::size_t i = parameters.size(); i-- > 0;) {
    if (buckets_.empty() || buckets_.back().size >= bucket_size) buckets_.push_back({.first = i + 1, .last = i + 1});
    buckets_.back().first = i;
    if (parameters[i].trainable) buckets_.back().size += static_cast<std::int64_t>(parameters[i].gradient.size());
  }
  for (Bucket& bucket : buckets_) {
    std::size_t gradients = 0;
    each_gradient(bucket, 0, [&](std::span<float> gradient) {
      ++gradients;
      bucket.values = gradient.data();
    });
    if (gradients != 1 || parts_ > 1) {
      bucket.packed = Buffer::unset(bucket.size * parts_);
      bucket.values = bucket.packed.data();
    }
    bucket.received = Buffer::unset(slice(bucket, sharding_.exchange->rank()).count() * parts_ * ranks_);
  }
  sent_counts_.resize(static_cast<std::size_t>(ranks_));
  received_counts_.resize(static_cast<std::size_t>(ranks_));
}

template <class Visit>
void GradientSum::each_gradient(const Bucket& bucket, std::size_t shard, Visit visit) {
  for (std::size_t i = bucket.first; i < bucket.last; ++i)
    if (shards_.front()[i].trainable) visit(shards_[shard][i].gradient);
}

void GradientSum::add(std::size_t first, std::size_t last) {
  if (parts_ == 1 && shards_.size() > 1)
    for (std::size_t i = first; i < last; ++i) add_own(i);
  begin_down_to(first);
  if (passed_on_ == begun_) return;
  if (Bucket& oldest = buckets_[passed_on_]; oldest.request != 0 && sharding_.exchange->is_done(oldest.request))
    oldest.request = 0;
}

void GradientSum::begin_down_to(std::size_t parameter) {
  for (; begun_ < buckets_.size() && parameter <= buckets_[begun_].first; ++begun_) {
    if (begun_ - passed_on_ == most_under_way) pass_on(buckets_[passed_on_++]);
    begin(buckets_[begun_]);
  }
}

void GradientSum::add_own(std::size_t parameter) {
  if (!shards_.front()[parameter].trainable) return;
  add_in_tree(0, static_cast<int>(shards_.size()), [&](int to, int from) {
    const std::span<float> sum = shards_[static_cast<std::size_t>(to)][parameter].gradient;
    add_floats(sum.data(), shards_[static_cast<std::size_t>(from)][parameter].gradient.data(),
               static_cast<std::int64_t>(sum.size()), shards_.front()[parameter].threads);
  });
}

void GradientSum::begin(Bucket& bucket) {
  // Packed, the parts for one rank lie one after the other, each part's slice of all gradients.
  for (int part = 0; part < parts_ && bucket.packed.size() > 0; ++part) {
    std::int64_t at = 0;
    each_gradient(bucket, static_cast<std::size_t>(part), [&](std::span<float> gradient) {
      const std::int64_t end = at + static_cast<std::int64_t>(gradient.size());
      for (int rank = 0; rank < ranks_; ++rank) {
        const RowRange range = slice(bucket, rank);
        const std::int64_t first = std::max(range.first, at), last = std::min(range.last, end);
        if (first >= last) continue;
        std::copy(gradient.data() + (first - at), gradient.data() + (last - at),
                  bucket.packed.data() + range.first * parts_ + range.count() * part + (first - range.first));
      }
      at = end;
    });
  }
  const auto own = static_cast<std::uint64_t>(slice(bucket, sharding_.exchange->rank()).count() * parts_) * sizeof(float);
  for (int rank = 0; rank < ranks_; ++rank) {
    sent_counts_[static_cast<std::size_t>(rank)] =
        static_cast<std::uint64_t>(slice(bucket, rank).count() * parts_) * sizeof(float);
    received_counts_[static_cast<std::size_t>(rank)] = own;
  }
  bucket.request = sharding_.exchange->begin_all_to_all(bucket.values, sent_counts_, bucket.received.data(), received_counts_);
}

/// All ranks' slices are added, and the sum goes to all.
void GradientSum::pass_on(Bucket& bucket) {
  if (bucket.request != 0) sharding_.exchange->wait(bucket.request);
  const RowRange own = slice(bucket, sharding_.exchange->rank());
  const int leaf = parts_ == 1 ? sharding_.shards_per_rank() : 1;
  const auto at = [&](int shard) { return bucket.received.data() + (shard / leaf) * own.count(); };
  add_in_tree(
      0, sharding_.shards, [&](int to, int from) { add_floats(at(to), at(from), own.count(), shards_.front().front().threads); },
      leaf);
  for (int rank = 0; rank < ranks_; ++rank)
    sent_counts_[static_cast<std::size_t>(rank)] = static_cast<std::uint64_t>(slice(bucket, rank).count()) * sizeof(float);
  bucket.request = sharding_.exchange->begin_all_gather(bucket.received.data(), bucket.values, sent_counts_);
}

void GradientSum::take(Bucket& bucket) {
  sharding_.exchange->wait(bucket.request);
  if (bucket.packed.size() == 0) return;
  const float* at = bucket.packed.data();
  each_gradient(bucket, 0, [&](std::span<float> gradient) {
    std::copy_n(at, gradient.size(), gradient.data());
    at += gradient.size();
  });
}

void GradientSum::finish() {
  begin_down_to(0);  // of parameters before the first layer that learns, backward tells nothing
  for (; passed_on_ < begun_; ++passed_on_) pass_on(buckets_[passed_on_]);
  for (Bucket& bucket : buckets_) take(bucket);
  begun_ = passed_on_ = 0;
}

}  // namespace treino::nn
