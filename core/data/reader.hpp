// A source of samples as core sees it: fields with names and types, and any of its rows. Who opens one, from a file and what a manifest
// says of it, is no business of data.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/dataset.hpp"

namespace treino::data {

enum class FieldType { boolean, uint8, int8, uint16, int16, uint32, int32, uint64, int64, float16, float32, float64, text };

/// Bytes of a value; of a text those of a ReadText.
std::size_t size_of(FieldType type);

/// A text as a reader lends it, until its next call.
struct ReadText {
  const char* bytes;
  std::uint64_t size;
};

/// What a field is where the manifest does not say; other: read only where it is named.
enum class FieldRole { feature, target, other };

/// A column, or a tensor of one shape for all rows.
struct Field {
  std::string name;  // empty: the source names none
  FieldType type = FieldType::float32;
  Shape shape;  // of one row; empty: a column
  FieldRole role = FieldRole::feature;

  bool is_column() const { return shape.empty(); }
  /// Numbers of one row.
  std::int64_t size() const;
};

struct Schema {
  std::vector<Field> fields;
  std::int64_t rows = -1;                // -1: known once the source has been read to its end
  std::string head;                      // the place of the names, for errors about them
  std::string hint;                      // appended to errors about fields; empty: nothing is known
  std::vector<std::string> class_names;  // of targets whose numbers are places in it; empty: the reader numbers no classes

  bool has_names() const;
};

/// Rows that are asked for, counted from 0.
struct RowNumbers {
  std::int64_t first = 0, count = 0;
  const std::int64_t* numbers = nullptr;  // null: first, first + 1, ...

  std::int64_t operator[](std::int64_t i) const { return numbers == nullptr ? first + i : numbers[i]; }
};

class Reader {
 public:
  Reader() = default;
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  virtual ~Reader() = default;

  /// Of the source, for errors.
  virtual const std::string& name() const = 0;
  virtual const Schema& schema() const = 0;

  struct Destination {
    std::size_t field;
    FieldType type;       // the field's own; of a column of texts also float32 and float64
    void* data;           // of the first row
    std::int64_t stride;  // in bytes, to the next one
  };
  /// Reads rows and returns how many: fewer than were asked for only at the end of a source that did not know its rows. What is missing
  /// is NaN. Throws DataError.
  virtual std::int64_t read(const RowNumbers& rows, std::span<const Destination> destinations) = 0;
  /// How many rows there may be, as far as it is known by now; 0: no idea.
  virtual std::int64_t expected_rows() const = 0;

  struct Place {
    std::string where;                 // "wine.csv:14:3"
    std::optional<std::string> found;  // what stands there
  };
  /// Where a value stands, for errors; nothing where the reader does not know.
  virtual std::optional<Place> locate(std::int64_t row, std::size_t field) = 0;
};

/// What a reader is told of the source that it opens, see treino_reader_source.
struct OpenRequest {
  std::filesystem::path path;
  bool further = false, targets = true;
  std::vector<std::string> feature_names, target_names, missing, class_names;
};

/// Throws DataError.
using OpenReader = std::function<std::unique_ptr<Reader>(const OpenRequest& request)>;

}  // namespace treino::data
