// Grows for long fields and wide heads only; a small file gets a small buffer.
#include "shared/readers/csv_buffer.hpp"

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

namespace treino::readers {

namespace {

/// Large enough that calls do not count; small for a small file.
std::size_t buffer_size(const ByteSource& source) {
  return static_cast<std::size_t>(std::clamp<std::uint64_t>(source.backed() + 1, std::uint64_t{1} << 12, std::uint64_t{1} << 20));
}

}  // namespace

CsvBuffer::CsvBuffer(std::unique_ptr<ByteSource> source) : source_(std::move(source)), buffer_(buffer_size(*source_)) {}

void CsvBuffer::refill(std::size_t ahead) {
  const std::size_t keep_from = holding_ ? held_ : cursor_;
  std::memmove(buffer_.data(), buffer_.data() + keep_from, end_ - keep_from);
  cursor_ -= keep_from;
  end_ -= keep_from;
  if (holding_) held_ = 0;
  // Grows for long fields and wide heads only, and then by what has been read already.
  if (buffer_.size() - cursor_ < ahead || end_ > buffer_.size() / 2)
    buffer_.resize(std::max(buffer_.size(), cursor_ + ahead) * 2);
  const std::size_t room = buffer_.size() - end_;
  const std::size_t got = source_->read(std::span(buffer_).subspan(end_));
  end_ += got;
  bytes_read_ += got;
  source_ended_ = got < room;
}

}  // namespace treino::readers
