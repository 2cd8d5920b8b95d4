// Batches in the order of the file are handed out where they lie; shuffled ones, and those that lie nowhere yet, are gathered first.
#include "data/batches/batches.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "data/batches/cache_hint.hpp"
#include "data/batches/epoch_order.hpp"
#include "data/batches/gatherer.hpp"
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

Batches::Batches(const Dataset& dataset, const BatchOptions& options)
    : dataset_(dataset), options_(options), sample_size_(dataset.sample_size()), group_(std::make_unique<Group>()) {
  check(dataset, options);
  options_.batch_size = std::min(options.batch_size, dataset.count);
  batches_ = (rows_per_epoch(dataset, options_) + options_.batch_size - 1) / options_.batch_size;
  if (options.shuffle || dataset.stored) {
    gatherer_ = make_gatherer(dataset, options_);
  } else {
    order_.resize(static_cast<std::size_t>(dataset.count));
    std::iota(order_.begin(), order_.end(), 0u);
  }
  if (!options.class_weights.empty()) weights_.resize(static_cast<std::size_t>(options_.batch_size * dataset.target_steps));
  begin_epoch(0);
}

Batches::~Batches() = default;

std::int64_t Batches::batches_per_epoch() const { return batches_; }

void Batches::begin_epoch(std::uint64_t epoch, std::int64_t position) {
  if (position < 0 || position > batches_) {
    throw std::out_of_range(fmt::format("batch {} of an epoch of {}", position, batches_));
  }
  position_ = position;
  *group_ = Group();
  group_row_ = 0;
  if (gatherer_ != nullptr && position < batches_) gatherer_->begin(epoch, position * options_.batch_size);
}

bool Batches::next(Batch& batch) {
  if (position_ == batches_) return false;
  batch = Batch();
  if (gatherer_ != nullptr) {
    hand_out_copies(batch);
  } else {
    hand_out_rows(batch);
  }
  ++position_;
  if (!weights_.empty()) weigh(batch);
  return true;
}

void Batches::weigh(Batch& batch) {
  const auto count = static_cast<std::size_t>(batch.count * dataset_.target_steps);
  for (std::size_t i = 0; i < count; ++i) {
    const std::int32_t of_class = batch.classes != nullptr ? batch.classes[i] : class_of(dataset_, batch.indices[i]);
    weights_[i] = options_.class_weights[static_cast<std::size_t>(of_class)];
  }
  batch.weights = weights_.data();
}

void Batches::hand_out_copies(Batch& batch) {
  if (group_row_ == group_->rows.size()) {
    *group_ = gatherer_->take();
    group_row_ = 0;
  }
  const auto rows = group_->rows.subspan(group_row_);
  const auto row = static_cast<std::int64_t>(group_row_);
  batch.count = std::min(options_.batch_size, static_cast<std::int64_t>(rows.size()));
  batch.indices = rows.data();
  batch.features = group_->features + row * sample_size_;
  if (group_->classes != nullptr) batch.classes = group_->classes + row * dataset_.target_steps;
  if (group_->values != nullptr) batch.values = group_->values + row * dataset_.target_width;
  group_row_ += static_cast<std::size_t>(batch.count);
  // The next batch's rows lie in the cache of the processor that copied them: within this step there is time to fetch them, while
  // the first product would wait for each line, 0.5 us of 7 for a batch of 8 KB.
  prefetch(batch.features + batch.count * sample_size_,
           std::min(options_.batch_size, static_cast<std::int64_t>(rows.size()) - batch.count) * sample_size_);
}

std::int64_t Batches::position() const { return position_; }

/// Rows in the dataset's own order are contiguous there.
void Batches::hand_out_rows(Batch& batch) {
  const std::int64_t first = position_ * options_.batch_size;
  batch.count = std::min(options_.batch_size, dataset_.count - first);
  batch.indices = order_.data() + first;
  batch.features = dataset_.features.data() + first * sample_size_;
  if (!dataset_.classes.empty()) batch.classes = dataset_.classes.data() + first * dataset_.target_steps;
  if (!dataset_.values.empty()) batch.values = dataset_.values.data() + first * dataset_.target_width;
}

std::vector<float> balanced_class_weights(const Dataset& dataset) {
  require_classes(dataset, "balancing classes");
  std::vector<std::int64_t> counts(static_cast<std::size_t>(dataset.target_width), 0);
  const std::int64_t all = dataset.count * dataset.target_steps;
  for (std::size_t i = 0; i < static_cast<std::size_t>(all); ++i)
    ++counts[static_cast<std::size_t>(dataset.classes.empty() ? class_of(dataset, i) : dataset.classes[i])];
  std::vector<float> weights;
  const auto classes = static_cast<double>(counts.size()) - static_cast<double>(std::count(counts.begin(), counts.end(), 0));
  for (const std::int64_t count : counts) {
    const double total = classes * static_cast<double>(count);
    weights.push_back(count == 0 ? 0.0f : static_cast<float>(static_cast<double>(all) / total));
  }
  return weights;
}

}  // namespace treino::data
