// Adds the gradients of all shards in the tree, while backward is still at the layers before.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "nn/memory/buffer.hpp"
#include "nn/parameter.hpp"
#include "nn/shards/sharding.hpp"

namespace treino::nn {

/// Each rank adds one slice of every gradient and hands the sums to all: as many bytes on the wire as a ring has.
class GradientSum {
 public:
  /// `shards`: each of this process's shards' parameters, whose gradients are added into the first's. All outlive this.
  GradientSum(const Sharding& sharding, std::vector<std::span<Parameter>> shards);

  /// From here on for the parameters that are trainable now.
  void plan();
  /// All shards' gradients of parameters [first, last) are complete. To be called from the last parameters to the first.
  void add(std::size_t first, std::size_t last);
  /// Returns when all sums are there.
  void finish();

 private:
  /// What is exchanged at a time: a stretch of a large gradient, from where it lies, or several gradients packed together.
  struct Bucket {
    std::size_t complete_at = 0;           // it is when backward has come down to this parameter
    std::int64_t size = 0;                 // of each part
    std::vector<std::size_t> packed_of{};  // parameters
    Buffer packed{};
    float* values = nullptr;        // the sum, in the end
    Exchange::Request request = 0;  // 0: it is done
  };
  void plan_large(std::size_t parameter);
  void plan_packed(std::vector<std::size_t>& parameters);
  void add_own(std::size_t parameter);
  void begin_down_to(std::size_t parameter);
  void pack(Bucket& bucket);
  void begin(std::size_t bucket);
  void pass_on(std::size_t bucket);
  void take(Bucket& bucket);
  RowRange slice(const Bucket& bucket, int rank) const {
    return {bucket.size * rank / ranks_, bucket.size * (rank + 1) / ranks_};
  }
  Buffer& received_of(std::size_t bucket) { return received_[bucket % received_.size()]; }

  const Sharding sharding_;
  const int ranks_, parts_;  // parts: what each rank sends of a gradient: the sum of its shards, or one for each
  std::vector<std::span<Parameter>> shards_;
  std::vector<Bucket> buckets_;   // in the order in which they become complete
  std::vector<Buffer> received_;  // of the buckets whose slices are under way, in turn
  std::size_t begun_ = 0, passed_on_ = 0;
  std::vector<std::uint64_t> sent_counts_, received_counts_;
};

}  // namespace treino::nn
