// What a picture of a whole run is drawn from: rows of values over time, of which never more than a fixed number are kept.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <treino/state.hpp>
#include <utility>
#include <vector>

namespace treino {
inline namespace sdk0 {

/// Where `limit` rows have come, every second is let go, and from then on only every second new one is kept; and so on. Which
/// ones those are depends on nothing but their count, so that a resumed run keeps the same. Allocates in the constructor only.
class History {
 public:
  explicit History(std::size_t columns, std::size_t limit = 1024) : columns_(columns), limit_(limit) {
    x_.reserve(limit_);
    values_.reserve(limit_ * columns_);
  }

  /// row: `columns` values. NaN stands for a value that is missing.
  void add(double x, const double* row) {
    if (offered_++ % stride_ != 0) return;
    if (x_.size() == limit_) {
      thin();
      if ((offered_ - 1) % stride_ != 0) return;
    }
    x_.push_back(x);
    values_.insert(values_.end(), row, row + columns_);
  }
  std::size_t size() const { return x_.size(); }
  const std::vector<double>& x() const { return x_; }
  double value(std::size_t row, std::size_t column) const { return values_[row * columns_ + column]; }
  std::vector<double> column(std::size_t column) const {
    std::vector<double> values;
    for (std::size_t row = 0; row < size(); ++row) values.push_back(value(row, column));
    return values;
  }

  void save(Writer& writer) const {
    writer.write(std::uint64_t{columns_});
    writer.write(offered_);
    writer.write(stride_);
    writer.write(x_);
    writer.write(values_);
  }
  /// The saved history, which may have another number of columns: whose they are, the caller knows.
  static History load(Reader& reader, std::size_t limit = 1024) {
    History history(static_cast<std::size_t>(reader.get<std::uint64_t>()), 0);
    history.limit_ = limit;
    reader.read(history.offered_);
    reader.read(history.stride_);
    reader.read(history.x_);
    reader.read(history.values_);
    if (history.stride_ == 0 || history.x_.size() > limit ||
        history.values_.size() / std::max<std::size_t>(1, history.columns_) != (history.columns_ == 0 ? 0 : history.x_.size()))
      throw std::runtime_error("the saved state holds no whole history");
    history.x_.reserve(limit);
    history.values_.reserve(limit * history.columns_);
    return history;
  }
  std::size_t columns() const { return columns_; }

 private:
  void thin() {
    std::size_t kept = 0;
    for (std::size_t row = 0; row < size(); row += 2, ++kept) {
      x_[kept] = x_[row];
      std::copy_n(values_.begin() + static_cast<std::ptrdiff_t>(row * columns_), columns_,
                  values_.begin() + static_cast<std::ptrdiff_t>(kept * columns_));
    }
    x_.resize(kept);
    values_.resize(kept * columns_);
    stride_ *= 2;
  }

  std::size_t columns_, limit_;
  std::uint64_t offered_ = 0, stride_ = 1;
  std::vector<double> x_, values_;  // values_: rows of columns_
};

}  // namespace sdk0
}  // namespace treino
