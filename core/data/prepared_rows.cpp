// Several threads may read at once, the loop and the one that gathers ahead: they share what a row is scaled in, one after the other.
#include "data/prepared_rows.hpp"

#include <mutex>
#include <stdexcept>
#include <utility>

#include "data/scaler.hpp"

namespace treino::data {
namespace {

class PreparedRows final : public FeatureRows {
 public:
  PreparedRows(std::shared_ptr<const FeatureRows> rows, const Preparation& preparation)
      : rows_(std::move(rows)), preparation_(preparation), scaler_(preparation_) {}

  bool are_doubles() const override { return false; }
  void read(std::span<const std::uint32_t>, double*) const override { throw std::logic_error("prepared features are floats"); }
  void read(std::span<const std::uint32_t> rows, float* to) const override {
    const std::scoped_lock lock(mutex_);
    const std::size_t size = element_count(preparation_.sample_shape, "the model");
    if (rows_->are_doubles()) {
      doubles_.resize(rows.size() * size);
      rows_->read(rows, doubles_.data());
      scale(doubles_.data(), rows, size, to);
    } else {
      rows_->read(rows, to);
      scale(to, rows, size, to);
    }
  }

 private:
  template <class Number>
  void scale(const Number* from, std::span<const std::uint32_t> rows, std::size_t size, float* to) const {
    for (std::size_t i = 0; i < rows.size(); ++i)
      scaler_.scale(Row<Number>(from + i * size, static_cast<Eigen::Index>(size)), rows[i], to + i * size);
  }

  const std::shared_ptr<const FeatureRows> rows_;
  const Preparation preparation_;
  mutable std::mutex mutex_;  // for all below
  mutable Scaler scaler_;
  mutable std::vector<double> doubles_;
};

}  // namespace

std::shared_ptr<const FeatureRows> prepared_rows(std::shared_ptr<const FeatureRows> rows, const Preparation& preparation) {
  return std::make_shared<PreparedRows>(std::move(rows), preparation);
}

}  // namespace treino::data
