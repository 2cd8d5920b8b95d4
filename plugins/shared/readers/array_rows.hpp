// The rows of an array in a file, in the type in which they are stored: read where they lie, or kept in memory where the file is
// compressed or has them in another order.
#pragma once
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "shared/readers/array_head.hpp"
#include "shared/readers/byte_source.hpp"

namespace treino::readers {

/// Reads the head of an array; what follows are its elements.
using ReadHead = std::function<ArrayHead(ByteSource& source, const std::string& name)>;

class ArrayRows {
 public:
  /// `open` gives the array's bytes from their beginning. `file`: where they lie as they are, null where they are compressed; they begin
  /// at `begin` there. `name` is for errors. Reads the head alone. Throws std::runtime_error.
  ArrayRows(std::function<std::unique_ptr<ByteSource>()> open, const ReadHead& read_head, std::string name,
            std::shared_ptr<const InputFile> file = nullptr, std::uint64_t begin = 0);

  std::int64_t rows() const { return head_.shape[0]; }
  Element element() const { return head_.element; }
  /// Of a row; {1} where the array is a vector.
  Shape row_shape() const;
  void read(const Rows& rows, const FieldDestination& to);

 private:
  void check_size() const;
  void load();
  void read_from_file(std::int64_t row, std::int64_t count, char* to) const;
  void copy_rows(std::int64_t row, std::int64_t count, char* to);

  std::function<std::unique_ptr<ByteSource>()> open_;
  std::string name_;
  std::shared_ptr<const InputFile> file_;  // null: elements_ are read from
  ArrayHead head_;
  ReadHead read_head_;
  std::uint64_t first_byte_ = 0;  // of the elements
  std::size_t row_bytes_ = 0;
  std::vector<char> elements_;  // row by row, in the machine's byte order
};

/// An array that is the whole of a file, compressed by gzip or not.
ArrayRows open_array_file(const std::string& path, const ReadHead& read_head);

}  // namespace treino::readers
