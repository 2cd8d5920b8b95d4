// All ranks begin the same exchanges in the same order: what is done when depends on the layers alone, never on how fast they come.
#include "nn/shards/gradient_sum.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "nn/kernels/parallel_for.hpp"

namespace treino::nn {

namespace {

/// In floats. Smaller exchanges cost more in latency than they gain by beginning early; what is received of larger ones has left the
/// processor's caches before it is added.
constexpr std::int64_t largest_bucket = 512 * 1024;
/// A gradient from here on is sent from where it lies. To copy smaller ones costs less than an exchange for each.
constexpr std::int64_t large_gradient = 32 * 1024;
/// Exchanges of slices under way at once; then the oldest is waited for and its sums are handed on.
constexpr std::size_t most_under_way = 4;

/// to = left + right; `to` may be `left`.
void add_floats(float* to, const float* left, const float* right, std::int64_t size, int threads) {
  parallel_for(size, 2, threads, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i) to[i] = left[i] + right[i];
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
  std::vector<std::size_t> small;
  std::int64_t size = 0;
  for (std::size_t i = parameters.size(); i-- > 0;) {
    if (!parameters[i].trainable) continue;
    const auto gradient = static_cast<std::int64_t>(parameters[i].gradient.size());
    if (parts_ == 1 && gradient >= large_gradient) {
      plan_large(i);
      continue;
    }
    small.push_back(i);
    if ((size += gradient) < largest_bucket) continue;
    plan_packed(small);
    size = 0;
  }
  plan_packed(small);
  std::ranges::stable_sort(buckets_, std::greater<>(), &Bucket::complete_at);
  std::int64_t most_received = 0;
  for (const Bucket& bucket : buckets_)
    most_received = std::max(most_received, slice(bucket, sharding_.exchange->rank()).count() * parts_ * ranks_);
  received_.resize(most_under_way);
  for (Buffer& received : received_) received = Buffer::unset(most_received);
  sent_counts_.resize(static_cast<std::size_t>(ranks_));
  received_counts_.resize(static_cast<std::size_t>(ranks_));
}

/// In stretches of about the same size.
void GradientSum::plan_large(std::size_t parameter) {
  const std::span<float> gradient = shards_.front()[parameter].gradient;
  const auto size = static_cast<std::int64_t>(gradient.size());
  const std::int64_t stretches = (size + largest_bucket - 1) / largest_bucket;
  for (std::int64_t i = 0; i < stretches; ++i) {
    const std::int64_t first = size * i / stretches, last = size * (i + 1) / stretches;
    buckets_.push_back({.complete_at = parameter, .size = last - first, .values = gradient.data() + first});
  }
}

void GradientSum::plan_packed(std::vector<std::size_t>& parameters) {
  if (parameters.empty()) return;
  Bucket& bucket = buckets_.emplace_back();
  bucket.complete_at = parameters.back();
  for (std::size_t i : parameters) bucket.size += static_cast<std::int64_t>(shards_.front()[i].gradient.size());
  bucket.packed_of = std::exchange(parameters, {});
  bucket.packed = Buffer::unset(bucket.size * parts_);
  bucket.values = bucket.packed.data();
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
  for (; begun_ < buckets_.size() && parameter <= buckets_[begun_].complete_at; ++begun_) {
    if (begun_ - passed_on_ == most_under_way) pass_on(passed_on_++);
    begin(begun_);
  }
}

void GradientSum::add_own(std::size_t parameter) {
  if (!shards_.front()[parameter].trainable) return;
  add_in_tree(0, static_cast<int>(shards_.size()), [&](int to, int from) {
    const std::span<float> sum = shards_[static_cast<std::size_t>(to)][parameter].gradient;
    add_floats(sum.data(), sum.data(), shards_[static_cast<std::size_t>(from)][parameter].gradient.data(),
               static_cast<std::int64_t>(sum.size()), shards_.front()[parameter].threads);
  });
}

/// The parts for one rank lie one after the other, each part's slice of all gradients.
void GradientSum::pack(Bucket& bucket) {
  for (int part = 0; part < parts_; ++part) {
    std::int64_t at = 0;
    for (std::size_t i : bucket.packed_of) {
      const std::span<const float> gradient = shards_[static_cast<std::size_t>(part)][i].gradient;
      const std::int64_t end = at + static_cast<std::int64_t>(gradient.size());
      for (int rank = 0; rank < ranks_; ++rank) {
        const RowRange range = slice(bucket, rank);
        const std::int64_t first = std::max(range.first, at), last = std::min(range.last, end);
        if (first >= last) continue;
        std::copy(gradient.data() + (first - at), gradient.data() + (last - at),
                  bucket.packed.data() + range.first * parts_ + range.count() * part + (first - range.first));
      }
      at = end;
    }
  }
}

void GradientSum::begin(std::size_t index) {
  Bucket& bucket = buckets_[index];
  pack(bucket);
  const auto own = static_cast<std::uint64_t>(slice(bucket, sharding_.exchange->rank()).count() * parts_) * sizeof(float);
  for (int rank = 0; rank < ranks_; ++rank) {
    sent_counts_[static_cast<std::size_t>(rank)] =
        static_cast<std::uint64_t>(slice(bucket, rank).count() * parts_) * sizeof(float);
    received_counts_[static_cast<std::size_t>(rank)] = own;
  }
  bucket.request = sharding_.exchange->begin_all_to_all(bucket.values, sent_counts_, received_of(index).data(), received_counts_);
}

/// All ranks' slices are added, and the sum goes to all. This rank's own are added from where they lie.
void GradientSum::pass_on(std::size_t index) {
  Bucket& bucket = buckets_[index];
  if (bucket.request != 0) sharding_.exchange->wait(bucket.request);
  const int this_rank = sharding_.exchange->rank();
  const RowRange own = slice(bucket, this_rank);
  const int leaf = parts_ == 1 ? sharding_.shards_per_rank() : 1, last_added = (sharding_.shards + 1) / 2;
  const auto at = [&](int shard) {
    const int part = shard / leaf;
    if (part / parts_ != this_rank) return received_of(index).data() + part * own.count();
    return bucket.values + own.first * parts_ + part % parts_ * own.count();
  };
  float* const sum = bucket.values + own.first;  // of several parts, rank 0 has its first there, the others none
  add_in_tree(
      0, sharding_.shards,
      [&](int to, int from) {
        const bool is_root = to == 0 && from == last_added;
        add_floats(is_root ? sum : at(to), at(to), at(from), own.count(), shards_.front().front().threads);
      },
      leaf);
  for (int rank = 0; rank < ranks_; ++rank)
    sent_counts_[static_cast<std::size_t>(rank)] = static_cast<std::uint64_t>(slice(bucket, rank).count()) * sizeof(float);
  bucket.request = sharding_.exchange->begin_all_gather(sum, bucket.values, sent_counts_);
}

void GradientSum::take(Bucket& bucket) {
  sharding_.exchange->wait(bucket.request);
  const float* at = bucket.packed.data();
  for (std::size_t i : bucket.packed_of) {
    const std::span<float> gradient = shards_.front()[i].gradient;
    std::copy_n(at, gradient.size(), gradient.data());
    at += gradient.size();
  }
}

void GradientSum::finish() {
  begin_down_to(0);  // of parameters before the first layer that learns, backward tells nothing
  for (; passed_on_ < begun_; ++passed_on_) pass_on(passed_on_);
  for (Bucket& bucket : buckets_) take(bucket);
  begun_ = passed_on_ = 0;
}

}  // namespace treino::nn
