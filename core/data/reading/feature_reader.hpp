// Features out of the fields of a reader, one after the other, as numbers: converted from the types that they are stored in, and what is
// missing treated as the source says.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "data/missing_markers.hpp"
#include "data/reader.hpp"
#include "data/source.hpp"

namespace treino::data {

class FeatureReader {
 public:
  /// `features`: fields of the reader; none: nothing is read.
  FeatureReader(std::shared_ptr<Reader> reader, const Source& source, std::vector<std::size_t> features);

  std::int64_t row_size() const { return row_size_; }  // in numbers
  /// Whether doubles have to be looked at: floats would be other numbers, or other markers of missing values.
  bool needs_doubles() const { return wide_; }
  /// For so many rows at a time.
  void make_room(std::int64_t rows);

  /// Number: double where they are needed, else float; `to` is where the first row will be.
  template <class Number>
  void add_destinations(Number* to, std::vector<Reader::Destination>& destinations);
  /// Once these rows have been read: sets `to`, and marks those that are to be left out in `dropped`, by their numbers. Throws DataError.
  template <class Number>
  void finish(std::span<Number> to, const RowNumbers& rows, std::vector<std::uint8_t>& dropped);

 private:
  bool stays(const Field& field) const;
  template <class Number>
  void convert(std::size_t feature, std::span<Number> to, std::int64_t rows);
  template <class Number>
  void treat_missing(std::span<Number> values, const RowNumbers& rows, std::vector<std::uint8_t>& dropped);
  std::size_t feature_at(std::int64_t element) const;
  std::string place_of(std::int64_t row, std::int64_t element) const;
  [[noreturn]] void fail_missing(std::int64_t row, std::int64_t element, const std::string& value) const;

  const std::shared_ptr<Reader> reader_;
  const Schema& schema_;
  const Missing missing_;
  const std::vector<std::string> marker_texts_;
  const MissingMarkers markers_;
  const std::vector<std::size_t> features_;
  std::vector<std::int64_t> starts_;  // where each feature begins in a row
  std::int64_t row_size_ = 0;
  bool wide_ = false;
  std::vector<std::vector<std::byte>> scratch_;  // of each feature whose values do not stay as they are read
};

}  // namespace treino::data
