// The targets of a source, chunk by chunk: numbers, or texts of which it is known at the end only whether they are classes.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "data/missing_markers.hpp"
#include "data/raw_targets.hpp"
#include "data/reading/field_uses.hpp"
#include "data/target_collector.hpp"

namespace treino::data {

/// " (column 'age')"; empty where it has no name.
std::string column_of(const Field& field);
/// Of the source, or of its array, for errors: "x.npz: 'labels'".
std::string name_of(const Reader& reader, std::size_t field);
/// Marks a row that is to be left out.
void drop_row(std::vector<std::uint8_t>& dropped, std::int64_t row);

class TargetRows {
 public:
  /// `source` outlives it. Throws DataError where a field cannot be a target.
  TargetRows(std::shared_ptr<Reader> reader, const Source& source, const FieldUses& uses);

  /// As much as a row of them takes.
  std::int64_t row_bytes() const;
  void make_room(std::int64_t rows);
  void add_destinations(std::vector<Reader::Destination>& to);
  /// Takes what has been read of the rows from `first` on. Throws DataError.
  void take(std::int64_t first, std::int64_t rows, std::vector<std::uint8_t>& dropped);
  void finish(std::int64_t rows, RawTargets& targets);

 private:
  FieldType read_type(std::size_t slot) const;
  void take_number(std::int64_t row, std::size_t slot, double number, std::vector<std::uint8_t>& dropped);
  void take_text(std::int64_t row, const ReadText& text, std::vector<std::uint8_t>& dropped);
  void treat_missing(std::int64_t row, std::size_t slot, std::string found, std::vector<std::uint8_t>& dropped);
  [[noreturn]] void fail(std::int64_t row, std::size_t slot, const std::string& what) const;
  const Field& field(std::size_t slot) const { return reader_->schema().fields[fields_[slot]]; }

  const std::shared_ptr<Reader> reader_;
  const Source& source_;
  const MissingMarkers markers_;
  const std::vector<std::size_t> fields_;
  const std::vector<std::string> names_;
  const bool as_text_;  // a single column of texts
  TargetCollector collector_;
  std::vector<std::vector<std::byte>> values_;  // of a chunk, of each slot
  std::vector<double> row_, numbers_;
};

}  // namespace treino::data
