// The part of a CSV file that is in memory: the scanner looks ahead in it and never further than it has to.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "shared/readers/byte_source.hpp"

namespace treino::readers {

class CsvBuffer {
 public:
  explicit CsvBuffer(std::unique_ptr<ByteSource> source);

  std::uint64_t bytes_read() const { return bytes_read_ - (end_ - cursor_); }
  /// As far as can be told: for the size of memory, see ByteSource::backed().
  std::uint64_t bytes_left() const { return source_->backed() + (end_ - cursor_); }

 protected:
  /// Makes `ahead` bytes available at the cursor, fewer at the end of the file only.
  void look_ahead(std::size_t ahead) {
    if (end_ - cursor_ < ahead && !source_ended_) refill(ahead);
  }
  /// From now on all that is read is kept, until go_back() goes back to here.
  void keep_from_here() {
    holding_ = true;
    held_ = cursor_;
  }
  void go_back() {
    holding_ = false;
    cursor_ = held_;
  }

  // The scanner parses where the bytes stand, so these are its own as well.
  std::unique_ptr<ByteSource> source_;
  std::vector<char> buffer_;
  std::size_t cursor_ = 0, end_ = 0;  // the unread part of the buffer

 private:
  void refill(std::size_t ahead);

  std::uint64_t bytes_read_ = 0;  // with those in the buffer
  std::size_t held_ = 0;
  bool holding_ = false, source_ended_ = false;
};

}  // namespace treino::readers
