// Features that are not in memory as numbers: rows are read, and converted, when they are asked for.
#pragma once
#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "data/dataset.hpp"

namespace treino::data {

class FeatureRows {
 public:
  FeatureRows() = default;
  FeatureRows(const FeatureRows&) = delete;
  FeatureRows& operator=(const FeatureRows&) = delete;
  virtual ~FeatureRows() = default;

  /// Whether floats would be other numbers.
  virtual bool are_doubles() const = 0;
  /// Sets rows x features numbers; `rows` are numbers of rows of the source. From any thread. Throws DataError.
  virtual void read(std::span<const std::uint32_t> rows, float* to) const = 0;
  virtual void read(std::span<const std::uint32_t> rows, double* to) const = 0;
};

/// visit(numbers of one row after the other, the first sample) for all samples of a dataset whose features are `stored`, some at a time.
template <class Number, class Visit>
void each_chunk(const Dataset& dataset, Visit visit) {
  constexpr std::int64_t bytes = std::int64_t{1} << 20;
  const std::int64_t size = dataset.sample_size();
  const auto most = static_cast<std::size_t>(std::clamp<std::int64_t>(bytes / (size * static_cast<std::int64_t>(sizeof(Number))),
                                                                      1, std::max<std::int64_t>(dataset.count, 1)));
  std::vector<Number> numbers(most * static_cast<std::size_t>(size));
  std::vector<std::uint32_t> rows;
  for (std::size_t first = 0; first < static_cast<std::size_t>(dataset.count); first += rows.size()) {
    rows.resize(std::min(most, static_cast<std::size_t>(dataset.count) - first));
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = dataset.file_row(first + i);
    dataset.stored->read(rows, numbers.data());
    visit(std::span<const Number>(numbers).first(rows.size() * static_cast<std::size_t>(size)), first);
  }
}

}  // namespace treino::data
