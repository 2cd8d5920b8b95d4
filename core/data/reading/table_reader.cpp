// Rows come in chunks that a processor's cache holds.
#include "data/reading/table_reader.hpp"

#include <algorithm>
#include <limits>
#include <span>
#include <utility>

#include "data/reading/feature_reader.hpp"
#include "data/reading/target_rows.hpp"

namespace treino::data {
namespace {

using Use = FieldUse::Use;

constexpr std::int64_t chunk_bytes = std::int64_t{1} << 20, most_chunk_rows = std::int64_t{1} << 16;

class TableReader {
 public:
  TableReader(std::shared_ptr<Reader> reader, const Source& source, const FieldUses& uses, FeatureUse use)
      : reader_(std::move(reader)),
        schema_(reader_->schema()),
        source_(source),
        keeps_(use == FeatureUse::kept),
        features_(reader_, source, use == FeatureUse::none ? std::vector<std::size_t>() : uses.fields(Use::feature)),
        targets_(reader_, source, uses) {
    table_.features.names = uses.names(schema_, Use::feature);
    set_chunk();
  }

  Table read(std::int64_t most) {
    const std::int64_t known = schema_.rows < 0 ? std::numeric_limits<std::int64_t>::max() : schema_.rows;
    const std::int64_t end = most == 0 ? known : std::min(known, most);
    end_ = end;
    while (count_ < end) {
      const std::int64_t wanted = std::min(chunk_rows_, end - count_);
      const std::int64_t got = features_.needs_doubles() ? read_doubles(wanted) : read_floats(wanted);
      count_ += got;
      if (count_ > std::numeric_limits<std::uint32_t>::max())
        throw DataError(reader_->name() + ": more rows than 32 bits can number");
      if (got < wanted) break;
    }
    if (count_ == 0) throw DataError(reader_->name() + ": no rows");
    return finish();
  }

 private:
  void set_chunk() {
    const std::int64_t bytes = row_size() * static_cast<std::int64_t>(sizeof(double)) + targets_.row_bytes();
    chunk_rows_ = std::clamp<std::int64_t>(chunk_bytes / std::max<std::int64_t>(bytes, 1), 1, most_chunk_rows);
    features_.make_room(chunk_rows_);
    targets_.make_room(chunk_rows_);
  }
  std::int64_t row_size() const { return features_.row_size(); }

  std::int64_t read_floats(std::int64_t rows) {
    std::vector<float>& floats = table_.features.values.floats;
    const std::size_t before = keeps_ ? floats.size() : 0, size = static_cast<std::size_t>(rows * row_size());
    if (keeps_ && floats.capacity() - before < size) make_room();
    floats.resize(before + size);
    const std::int64_t got = read_chunk(std::span(floats).subspan(before), rows);
    floats.resize(keeps_ ? before + static_cast<std::size_t>(got * row_size()) : 0);
    return got;
  }
  std::int64_t read_doubles(std::int64_t rows) {
    doubles_.resize(static_cast<std::size_t>(rows * row_size()));
    const std::int64_t got = read_chunk(std::span(doubles_), rows);
    doubles_.resize(static_cast<std::size_t>(got * row_size()));
    FeatureValues& values = table_.features.values;
    if (!keeps_) {
      table_.features.doubles = table_.features.doubles || (source_.keep_doubles && !are_floats(doubles_));
      return got;
    }
    if (values.capacity() - values.size() < doubles_.size()) make_room();
    values.append(doubles_, source_.keep_doubles);
    return got;
  }
  // Doubling a large array again and again would write it twice over and leave a third of it unused. What a source says of its
  // rows is believed once it has given some of them.
  void make_room() {
    FeatureValues& values = table_.features.values;
    const bool known = schema_.rows >= 0;
    const std::int64_t left = std::max<std::int64_t>((known ? end_ : reader_->expected_rows()) - count_, 0);
    if (count_ == 0 || left > std::int64_t{std::numeric_limits<std::uint32_t>::max()}) return;
    const auto rows = static_cast<std::size_t>(count_ + left + (known ? 0 : left / 16 + chunk_rows_));
    values.reserve(std::max(rows * static_cast<std::size_t>(row_size()), values.size() + values.size() / 2));
  }

  template <class Number>
  std::int64_t read_chunk(std::span<Number> to, std::int64_t rows) {
    destinations_.clear();
    features_.add_destinations(to.data(), destinations_);
    targets_.add_destinations(destinations_);
    const RowNumbers got{count_, reader_->read({count_, rows, nullptr}, destinations_), nullptr};
    features_.finish(to.first(static_cast<std::size_t>(got.count * row_size())), got, table_.dropped);
    targets_.take(count_, got.count, table_.dropped);
    return got.count;
  }

  Table finish() {
    table_.features.count = count_;
    targets_.finish(count_, table_.targets);
    if (!table_.dropped.empty()) table_.dropped.resize(static_cast<std::size_t>(count_));
    return std::move(table_);
  }

  const std::shared_ptr<Reader> reader_;
  const Schema& schema_;
  const Source& source_;
  const bool keeps_;
  FeatureReader features_;
  TargetRows targets_;
  std::int64_t chunk_rows_ = 0, count_ = 0, end_ = 0;
  std::vector<double> doubles_;
  std::vector<Reader::Destination> destinations_;
  Table table_;
};

}  // namespace

Table read_table(std::shared_ptr<Reader> reader, const Source& source, const FieldUses& uses, FeatureUse features,
                 std::int64_t most) {
  return TableReader(std::move(reader), source, uses, features).read(most);
}

}  // namespace treino::data
