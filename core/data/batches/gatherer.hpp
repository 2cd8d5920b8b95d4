// Copies the rows of batches together that do not lie so already, ahead of time where that pays.
#pragma once
#include <cstdint>
#include <exception>
#include <memory>
#include <span>
#include <vector>

#include "data/batches/batches.hpp"

namespace treino::data {

/// Some batches of an epoch, one after the other.
struct Group {
  std::span<const std::uint32_t> rows;  // of the dataset, copied to
  const float* features = nullptr;
  const std::int32_t* classes = nullptr;  // null where the dataset has none
  const float* values = nullptr;          // likewise
};

class Gatherer {
 public:
  virtual ~Gatherer() = default;
  /// Goes to the batch of this epoch that begins with its row `row`; what was taken before is void.
  virtual void begin(std::uint64_t epoch, std::int64_t row) = 0;
  /// The next one or several batches, good until the next call. Not called after the epoch's last.
  virtual Group take() = 0;
};

/// For an options.batch_size of dataset.count rows at most.
std::unique_ptr<Gatherer> make_gatherer(const Dataset& dataset, const BatchOptions& options);

/// Room for so many rows of a dataset: whole batches, one after the other.
class RowCopy {
 public:
  RowCopy(const Dataset& dataset, const BatchOptions& options, std::int64_t most_rows);
  void fill(std::span<const std::uint32_t> rows);
  /// Throws the DataError that fill() met: who fills ahead is not the one who asks.
  Group group() const;

 private:
  void copy_features(std::size_t first, std::size_t last);
  void read_features(std::size_t first, std::size_t last);

  const Dataset* dataset_;
  std::vector<std::uint32_t> stored_rows_;
  std::size_t size_, width_, steps_, batch_size_, shards_, first_shard_, own_shards_;
  std::span<const std::uint32_t> rows_;
  std::vector<float> features_, values_;
  std::vector<std::int32_t> classes_;
  std::exception_ptr error_;
};

}  // namespace treino::data
