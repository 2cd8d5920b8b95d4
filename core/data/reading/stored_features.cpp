// A reader takes one call at a time, while the loop and the threads that gather ahead for training and validation may all want rows.
#include "data/reading/stored_features.hpp"

#include <algorithm>
#include <cstring>
#include <mutex>
#include <utility>

#include "data/feature_values.hpp"
#include "data/large_array.hpp"
#include "data/reading/feature_reader.hpp"
#include "data/reading/field_numbers.hpp"

namespace treino::data {
namespace {

constexpr std::int64_t part_bytes = std::int64_t{1} << 20;

std::size_t row_bytes(const Field& field) { return static_cast<std::size_t>(field.size()) * size_of(field.type); }

/// Fields that are held are copied, others are asked of the reader.
class HeldReader final : public Reader {
 public:
  HeldReader(std::shared_ptr<Reader> reader, const std::vector<std::size_t>& features)
      : reader_(std::move(reader)), held_(reader_->schema().fields.size()) {
    const Schema& all = reader_->schema();
    std::vector<Destination> to;
    std::int64_t bytes = 1;
    for (const std::size_t field : features) {
      const std::size_t row = row_bytes(all.fields[field]);
      reserve_large(held_[field], row * static_cast<std::size_t>(all.rows));
      held_[field].resize(row * static_cast<std::size_t>(all.rows));
      to.push_back({field, all.fields[field].type, held_[field].data(), static_cast<std::int64_t>(row)});
      bytes += static_cast<std::int64_t>(row);
    }
    const std::int64_t some = std::max<std::int64_t>(part_bytes / bytes, 1);
    for (std::int64_t first = 0; first < all.rows; first += some) {
      const std::int64_t count = std::min(some, all.rows - first);
      reader_->read({first, count, nullptr}, to);
      for (Destination& each : to) each.data = static_cast<char*>(each.data) + count * each.stride;
    }
  }

  const std::string& name() const override { return reader_->name(); }
  const Schema& schema() const override { return reader_->schema(); }
  std::int64_t expected_rows() const override { return reader_->expected_rows(); }
  std::optional<Place> locate(std::int64_t row, std::size_t field) override { return reader_->locate(row, field); }

  std::int64_t read(const RowNumbers& rows, std::span<const Destination> destinations) override {
    others_.clear();
    for (const Destination& to : destinations) {
      if (held_[to.field].empty())
        others_.push_back(to);
      else
        copy(rows, to);
    }
    return others_.empty() ? rows.count : reader_->read(rows, others_);
  }

 private:
  void copy(const RowNumbers& rows, const Destination& to) const {
    const std::size_t size = row_bytes(schema().fields[to.field]);
    for (std::int64_t i = 0; i < rows.count; ++i)
      std::memcpy(static_cast<char*>(to.data) + i * to.stride, held_[to.field].data() + static_cast<std::size_t>(rows[i]) * size,
                  size);
  }

  const std::shared_ptr<Reader> reader_;
  std::vector<std::vector<std::byte>> held_;  // of each field; empty: it is not held
  std::vector<Destination> others_;
};

class StoredFeatures final : public FeatureRows {
 public:
  StoredFeatures(std::shared_ptr<Reader> reader, const Source& source, std::vector<std::size_t> features, bool doubles)
      : reader_(std::move(reader)), features_(reader_, source, std::move(features)), doubles_(doubles) {
    const std::int64_t bytes = features_.row_size() * static_cast<std::int64_t>(sizeof(double));
    chunk_rows_ = std::max<std::int64_t>(part_bytes / std::max<std::int64_t>(bytes, 1), 1);
    features_.make_room(chunk_rows_);
  }

  bool are_doubles() const override { return doubles_; }
  void read(std::span<const std::uint32_t> rows, float* to) const override {
    each_part(rows, [&](const RowNumbers& part) {
      const auto count = static_cast<std::size_t>(part.count * features_.row_size());
      if (features_.needs_doubles()) {
        wide_.resize(count);
        read_part(part, std::span(wide_));
        std::transform(wide_.begin(), wide_.end(), to, to_float);
      } else {
        read_part(part, std::span(to, count));
      }
      to += count;
    });
  }
  void read(std::span<const std::uint32_t> rows, double* to) const override {
    each_part(rows, [&](const RowNumbers& part) {
      const auto count = static_cast<std::size_t>(part.count * features_.row_size());
      read_part(part, std::span(to, count));
      to += count;
    });
  }

 private:
  template <class Visit>
  void each_part(std::span<const std::uint32_t> rows, Visit visit) const {
    const std::scoped_lock lock(mutex_);
    while (!rows.empty()) {
      const auto part = rows.first(std::min(rows.size(), static_cast<std::size_t>(chunk_rows_)));
      numbers_.assign(part.begin(), part.end());
      const bool in_order = part.back() - part.front() == part.size() - 1 && std::is_sorted(part.begin(), part.end());
      visit(RowNumbers{numbers_.front(), static_cast<std::int64_t>(part.size()), in_order ? nullptr : numbers_.data()});
      rows = rows.subspan(part.size());
    }
  }
  template <class Number>
  void read_part(const RowNumbers& rows, std::span<Number> to) const {
    destinations_.clear();
    features_.add_destinations(to.data(), destinations_);
    reader_->read(rows, destinations_);
    dropped_.clear();  // it is known already which are
    features_.finish(to, rows, dropped_);
  }

  const std::shared_ptr<Reader> reader_;
  mutable std::mutex mutex_;  // for all below
  mutable FeatureReader features_;
  const bool doubles_;
  std::int64_t chunk_rows_ = 1;
  mutable std::vector<std::int64_t> numbers_;
  mutable std::vector<double> wide_;
  mutable std::vector<std::uint8_t> dropped_;
  mutable std::vector<Reader::Destination> destinations_;
};

}  // namespace

FeatureBytes bytes_of_features(const Schema& schema, const std::vector<std::size_t>& features, bool keep_doubles) {
  FeatureBytes bytes;
  bytes.known = schema.rows >= 0 && !features.empty();
  bool doubles = false;
  std::uint64_t numbers = 0;
  for (const std::size_t at : features) {
    const Field& field = schema.fields[at];
    bytes.known = bytes.known && field.type != FieldType::text;
    doubles = doubles || (keep_doubles && !are_floats(field.type));
    numbers += static_cast<std::uint64_t>(field.size());
    bytes.own += row_bytes(field);
  }
  if (!bytes.known) return bytes;
  bytes.as_numbers = numbers * (doubles ? sizeof(double) : sizeof(float)) * static_cast<std::uint64_t>(schema.rows);
  bytes.own *= static_cast<std::uint64_t>(schema.rows);
  return bytes;
}

std::shared_ptr<Reader> held_in_memory(std::shared_ptr<Reader> reader, const std::vector<std::size_t>& features) {
  return std::make_shared<HeldReader>(std::move(reader), features);
}

std::shared_ptr<const FeatureRows> stored_features(std::shared_ptr<Reader> reader, const Source& source,
                                                   std::vector<std::size_t> features, bool doubles) {
  return std::make_shared<StoredFeatures>(std::move(reader), source, std::move(features), doubles);
}

}  // namespace treino::data
