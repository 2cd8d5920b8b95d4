// Indices ascend in a row, so that its last one tells how many features there are at least: the first pass parses no other.
#include "libsvm_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <limits>
#include <stdexcept>

namespace treino::readers {

namespace {

constexpr std::size_t chunk = std::size_t{1} << 18;
constexpr std::string_view blanks = " \t\r\v\f";

}  // namespace

std::string_view content_of(std::string_view line) {
  line = line.substr(0, line.find('#'));
  const std::size_t begin = line.find_first_not_of(blanks);
  if (begin == line.npos) return {};
  return line.substr(begin, line.find_last_not_of(blanks) - begin + 1);
}

LibsvmRows::LibsvmRows(const std::string& path) : file_(std::make_shared<const InputFile>(path)), end_(file_->size()) {
  if (is_gzip(*file_)) inflate();
  if (end_ == 0) throw std::runtime_error(path + ": is empty");
  look_through();
  if (begins_.empty()) throw std::runtime_error(path + ": no rows");
}

void LibsvmRows::inflate() {
  const std::unique_ptr<ByteSource> source = open_bytes(file_);
  for (std::size_t got = chunk; got == chunk;) {
    const std::size_t before = text_.size();
    text_.resize(before + chunk);
    got = source->read(std::span(text_).subspan(before));
    text_.resize(before + got);
  }
  inflated_ = true;
  end_ = text_.size();
}

std::size_t LibsvmRows::read_at(std::uint64_t offset, std::span<char> bytes) const {
  if (!inflated_) return file_->read_at(offset, bytes);
  const std::size_t there = std::min<std::size_t>(bytes.size(), text_.size() - static_cast<std::size_t>(offset));
  std::memcpy(bytes.data(), text_.data() + offset, there);
  return there;
}

void LibsvmRows::look_through() {
  std::string buffer, line;
  std::int64_t number = 1;
  std::uint64_t begin = 0;  // of the line
  for (std::uint64_t at = 0; at < end_;) {
    buffer.resize(static_cast<std::size_t>(std::min<std::uint64_t>(chunk, end_ - at)));
    if (read_at(at, buffer) < buffer.size()) throw std::runtime_error(file_->name() + ": has become shorter while it was read");
    at += buffer.size();
    std::string_view rest = buffer;
    for (std::size_t end = rest.find('\n'); end != rest.npos; end = rest.find('\n')) {
      line += rest.substr(0, end);
      look_at(line, begin, number++);
      begin += line.size() + 1;
      line.clear();
      rest.remove_prefix(end + 1);
    }
    line += rest;
  }
  look_at(line, begin, number);
}

void LibsvmRows::look_at(std::string_view line, std::uint64_t begin, std::int64_t number) {
  const std::string_view content = content_of(line);
  if (content.empty()) return;
  if (begins_.size() == std::numeric_limits<std::uint32_t>::max())
    throw std::runtime_error(file_->name() + ": more samples than 32 bits can number");
  begins_.push_back(begin);
  const std::size_t colon = content.rfind(':');
  if (colon == content.npos) return;
  const std::size_t blank = content.substr(0, colon).find_last_of(blanks);
  const std::string_view text =
      content.substr(blank == content.npos ? 0 : blank + 1, colon - (blank == content.npos ? 0 : blank + 1));
  std::int64_t index = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
  if (error == std::errc{} && end == text.data() + text.size()) {
    largest_index_ = std::max(largest_index_, index);
  } else if (error == std::errc::result_out_of_range) {
    throw std::runtime_error(fmt::format("{}:{}: an index beyond 64 bits", file_->name(), number));
  }  // anything else is told when the row is read, with its place
}

std::string_view LibsvmRows::row(std::int64_t row) {
  if (row < 0 || row >= rows())
    throw std::runtime_error(fmt::format("{}: there is no row {}; it has {}", file_->name(), row + 1, rows()));
  const auto at = static_cast<std::size_t>(row);
  const std::uint64_t end = at + 1 < begins_.size() ? begins_[at + 1] : end_;
  row_.resize(static_cast<std::size_t>(end - begins_[at]));
  if (read_at(begins_[at], row_) < row_.size())
    throw std::runtime_error(fmt::format("{}: row {} cannot be read: has the file changed?", file_->name(), row + 1));
  return content_of(std::string_view(row_).substr(0, row_.find('\n')));
}

std::int64_t LibsvmRows::line_of(std::int64_t row) {
  std::string buffer;
  std::int64_t line = 1;
  const std::uint64_t end = begins_[static_cast<std::size_t>(row)];
  for (std::uint64_t at = 0; at < end; at += buffer.size()) {
    buffer.resize(static_cast<std::size_t>(std::min<std::uint64_t>(chunk, end - at)));
    if (read_at(at, buffer) < buffer.size()) break;
    line += std::count(buffer.begin(), buffer.end(), '\n');
  }
  return line;
}

}  // namespace treino::readers
