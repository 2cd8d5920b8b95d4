#include "data/batches.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/random.hpp"
#include "data/gatherer.hpp"
#include "data/sample_class.hpp"

namespace treino::data {

namespace {

void check(const Dataset& dataset, const BatchOptions& options) {
  if (dataset.count < 1) throw DataError("no rows to make batches of");
  if (options.batch_size < 1) throw DataError(fmt::format("batches of {} rows; expected 1 or more", options.batch_size));
  if (options.drop_last && options.batch_size > dataset.count) {
    throw DataError(fmt::format("the last batch is to be dropped, but {} rows do not fill a single batch of {}", dataset.count,
                                options.batch_size));
  }
  if (options.class_weights.empty()) return;
  require_classes(dataset, "weighting classes");
  if (static_cast<std::int64_t>(options.class_weights.size()) != dataset.target_width) {
    throw DataError(fmt::format("{} class weights for {} classes", options.class_weights.size(), dataset.target_width));
  }
  for (const float weight : options.class_weights) {
    if (!(weight >= 0.0f) || !std::isfinite(weight))
      throw DataError(fmt::format("a class weight of {}; expected 0 or more", weight));
  }
}

}  // namespace

void require_classes(const Dataset& dataset, const std::string& what) {
  const bool index = dataset.target_kind == TargetKind::index;
  if (!index && dataset.target_kind != TargetKind::one_hot)
    throw DataError(what + " needs classes, but the targets are none or values");
  if (!index) return;
  const auto outside = [&](std::int32_t number) { return number < 0 || number >= dataset.target_width; };
  if (std::any_of(dataset.classes.begin(), dataset.classes.end(), outside))
    throw DataError(what + " needs classes from 0 to target_width - 1");
}

Batches::Batches(const Dataset& dataset, const BatchOptions& options) : dataset_(dataset), options_(options) {
  check(dataset, options);
  options_.batch_size = std::min(options.batch_size, dataset.count);
  order_.resize(static_cast<std::size_t>(dataset.count));
  if (options.shuffle) gatherer_ = make_gatherer(dataset, options_.batch_size);
  if (!options.class_weights.empty()) weights_.resize(static_cast<std::size_t>(options_.batch_size));
  begin_epoch(0);
}

Batches::~Batches() = default;

std::int64_t Batches::batches_per_epoch() const {
  const std::int64_t full = dataset_.count / options_.batch_size;
  return full + (options_.drop_last || dataset_.count % options_.batch_size == 0 ? 0 : 1);
}

void Batches::begin_epoch(std::uint64_t epoch, std::int64_t position) {
  if (position < 0 || position > batches_per_epoch()) {
    throw std::out_of_range(fmt::format("batch {} of an epoch of {}", position, batches_per_epoch()));
  }
  if (gatherer_ != nullptr) gatherer_->expect({});  // the order is about to change under a batch on its way
  position_ = position;
  std::iota(order_.begin(), order_.end(), 0u);
  if (!options_.shuffle) return;
  base::RandomStream(options_.seed, base::Purpose::shuffle, epoch).shuffle(order_);
  group_begin_ = group_end_ = position_;
  gatherer_->expect(rows_at(position_, gatherer_->batches()));
}

std::span<const std::uint32_t> Batches::rows_at(std::int64_t position, std::int64_t batches) const {
  const std::int64_t last = batches_per_epoch();
  if (position >= last) return {};
  const std::int64_t begin = position * options_.batch_size;
  const std::int64_t size = std::min(std::min(batches, last - position) * options_.batch_size, dataset_.count - begin);
  return std::span(order_).subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(size));
}

bool Batches::next(Batch& batch) {
  const std::span<const std::uint32_t> rows = rows_at(position_);
  if (rows.empty()) return false;
  batch = Batch();
  batch.count = static_cast<std::int64_t>(rows.size());
  batch.indices = rows.data();
  if (gatherer_ != nullptr) {
    hand_out_copies(batch);
  } else {
    hand_out_rows(rows, batch);
  }
  ++position_;
  if (weights_.empty()) return true;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    weights_[i] = options_.class_weights[static_cast<std::size_t>(class_of(dataset_, rows[i]))];
  }
  batch.weights = weights_.data();
  return true;
}

void Batches::hand_out_copies(Batch& batch) {
  const std::int64_t group = gatherer_->batches();
  if (position_ == group_end_) {
    gatherer_->take(rows_at(position_, group), copies_);
    group_begin_ = position_;
    group_end_ = position_ + group;
    gatherer_->expect(rows_at(group_end_, group));
  }
  const std::int64_t row = (position_ - group_begin_) * options_.batch_size;
  batch.features = copies_.features + row * dataset_.sample_size();
  if (copies_.classes != nullptr) batch.classes = copies_.classes + row;
  if (copies_.values != nullptr) batch.values = copies_.values + row * dataset_.target_width;
}

std::int64_t Batches::position() const { return position_; }

/// Rows in the dataset's own order are contiguous there.
void Batches::hand_out_rows(std::span<const std::uint32_t> rows, Batch& batch) {
  const std::size_t first = rows[0];
  batch.features = dataset_.features.data() + first * static_cast<std::size_t>(dataset_.sample_size());
  if (!dataset_.classes.empty()) batch.classes = dataset_.classes.data() + first;
  if (!dataset_.values.empty()) batch.values = dataset_.values.data() + first * static_cast<std::size_t>(dataset_.target_width);
}

std::vector<float> balanced_class_weights(const Dataset& dataset) {
  require_classes(dataset, "balancing classes");
  std::vector<std::int64_t> counts(static_cast<std::size_t>(dataset.target_width), 0);
  for (std::size_t row = 0; row < static_cast<std::size_t>(dataset.count); ++row)
    ++counts[static_cast<std::size_t>(class_of(dataset, row))];
  std::vector<float> weights;
  for (const std::int64_t count : counts) {
    const double total = static_cast<double>(counts.size()) * static_cast<double>(count);
    weights.push_back(count == 0 ? 0.0f : static_cast<float>(static_cast<double>(dataset.count) / total));
  }
  return weights;
}

}  // namespace treino::data
