// The datasets of a HDF5 file, by libhdf5 (https://docs.hdfgroup.org/hdf5/develop/). Used in a process of its own alone, see
// library_process.hpp.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <treino/reader.hpp>
#include <vector>

namespace treino::readers {

/// An array of numbers whose first axis counts the rows.
struct Hdf5Dataset {
  std::string name;  // "group/images"
  ReadType type = ReadType::float32;
  std::vector<std::int64_t> shape;  // of all rows
  std::string fault;                // why it cannot be read; empty: it can

  std::int64_t rows() const { return shape.front(); }
  std::uint64_t row_bytes() const;
};

class Hdf5File {
 public:
  /// Finds all datasets of the file. Throws std::runtime_error, without the path.
  explicit Hdf5File(const std::string& path);
  Hdf5File(const Hdf5File&) = delete;
  Hdf5File& operator=(const Hdf5File&) = delete;

  const std::vector<Hdf5Dataset>& datasets() const { return datasets_; }
  /// Reads `count` rows from `first` on. Throws std::runtime_error.
  void read(std::size_t dataset, std::int64_t first, std::int64_t count, void* to);

 private:
  void look_at(const std::string& name);

  std::int64_t file_ = -1;
  std::vector<Hdf5Dataset> datasets_;
  std::vector<std::int64_t> opened_;  // HDF5's number of each, -1 until it is read
};

}  // namespace treino::readers
