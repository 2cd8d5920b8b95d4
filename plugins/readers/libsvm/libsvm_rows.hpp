// The rows of a file in LIBSVM's format in any order: where each begins is noted when the file is opened.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "shared/readers/byte_source.hpp"

namespace treino::readers {

class LibsvmRows {
 public:
  /// Looks through the file, for where its rows begin and the largest index. A compressed one is kept in memory as text. Throws
  /// std::runtime_error.
  explicit LibsvmRows(const std::string& path);

  std::int64_t rows() const { return static_cast<std::int64_t>(begins_.size()); }
  /// 0 where no row has a value.
  std::int64_t largest_index() const { return largest_index_; }
  /// A row without its comment, good until the next call. Throws std::runtime_error.
  std::string_view row(std::int64_t row);
  /// Its line, from 1.
  std::int64_t line_of(std::int64_t row);

 private:
  void inflate();
  std::size_t read_at(std::uint64_t offset, std::span<char> bytes) const;
  void look_through();
  void look_at(std::string_view line, std::uint64_t begin, std::int64_t number);

  const std::shared_ptr<const InputFile> file_;
  bool inflated_ = false;
  std::string text_;                   // of a compressed file
  std::vector<std::uint64_t> begins_;  // in bytes
  std::uint64_t end_ = 0;
  std::int64_t largest_index_ = 0;
  std::string row_;
};

/// Without blanks around it, and without the comment at its end.
std::string_view content_of(std::string_view line);

}  // namespace treino::readers
