// Cuts a dataset into batches, in an order that depends on (seed, epoch) only, so that any position can be returned to.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "data/dataset.hpp"

namespace treino::data {

class Gatherer;
struct Group;

/// Pointers are valid until the next call of next() or begin_epoch().
struct Batch {
  std::int64_t count = 0;
  const float* features = nullptr;         // count x sample_size, contiguous
  const std::int32_t* classes = nullptr;   // TargetKind::index: count x target_steps
  const float* values = nullptr;           // one_hot, values: count x target_width
  const float* weights = nullptr;          // count x target_steps; null where all are 1
  const std::uint32_t* indices = nullptr;  // rows of the dataset
};

struct BatchOptions {
  std::int64_t batch_size = 32;
  bool shuffle = false;
  bool drop_last = false;
  std::int64_t most_batches = 0;  // of an epoch; 0: all
  std::uint64_t seed = 0;
  std::vector<float> class_weights;  // empty, or one for each class (TargetKind::index and one_hot)
  // The shards of each batch, as nn::Sharding cuts it, whose features are needed; those of others may be anything.
  int shards = 1, first_shard = 0, own_shards = 1;
};

class Batches {
 public:
  /// `dataset` outlives this and stays as it is. Everything is allocated here; epoch 0 is begun. Throws DataError for options
  /// that do not fit. Rows in their own order are handed out where they lie. Shuffled ones are copied; those of a large data set, and
  /// stored ones, by a thread of their own, some batches ahead, so that nobody waits for memory. What is handed out does not depend
  /// on that.
  Batches(const Dataset& dataset, const BatchOptions& options);
  ~Batches();
  Batches(const Batches&) = delete;
  Batches& operator=(const Batches&) = delete;

  std::int64_t batches_per_epoch() const;
  /// Starts epoch `epoch` at its batch `position` (0: the beginning). Throws std::out_of_range after the last batch.
  void begin_epoch(std::uint64_t epoch, std::int64_t position = 0);
  /// False at the end of the epoch.
  bool next(Batch& batch);
  std::int64_t position() const;  // batches handed out so far in this epoch

 private:
  void hand_out_rows(Batch& batch);
  void hand_out_copies(Batch& batch);
  void weigh(Batch& batch);

  const Dataset& dataset_;
  BatchOptions options_;
  std::int64_t sample_size_, batches_ = 0;  // an epoch
  std::int64_t position_ = 0;
  std::vector<float> weights_;
  std::vector<std::uint32_t> order_;    // 0, 1, 2, ..., where rows are handed out where they lie
  std::unique_ptr<Gatherer> gatherer_;  // null there
  std::unique_ptr<Group> group_;        // of the batches on hand
  std::size_t group_row_ = 0;           // that the next one begins with
};

/// Weights that give every class the same total: count / (classes * count of the class), each step of a sequence counting as a
/// sample; 0 for a class with no sample, which is none of those classes.
std::vector<float> balanced_class_weights(const Dataset& dataset);

}  // namespace treino::data
