// Files are read, never mapped: a file that shrinks under a map kills the process, one that shrinks under read() is a short read; and a
// map of two gigabytes needs an address space of that size.
#include "shared/readers/array_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <utility>

namespace treino::readers {
namespace {

/// Counts what it passes on.
class CountedBytes final : public ByteSource {
 public:
  explicit CountedBytes(ByteSource& inner) : inner_(inner) {}
  std::size_t read(std::span<char> bytes) override {
    const std::size_t got = inner_.read(bytes);
    count_ += got;
    return got;
  }
  std::uint64_t backed() const override { return inner_.backed(); }
  std::uint64_t count() const { return count_; }

 private:
  ByteSource& inner_;
  std::uint64_t count_ = 0;
};

template <class Word>
void swap_words(char* bytes, std::size_t count) {
  for (std::size_t i = 0; i < count; i += sizeof(Word)) {
    Word word;
    std::memcpy(&word, bytes + i, sizeof word);
    if constexpr (sizeof word == 2) word = __builtin_bswap16(word);
    if constexpr (sizeof word == 4) word = __builtin_bswap32(word);
    if constexpr (sizeof word == 8) word = __builtin_bswap64(word);
    std::memcpy(bytes + i, &word, sizeof word);
  }
}

void to_own_order(const ArrayHead& head, char* bytes, std::size_t count) {
  if (head.big_endian == (std::endian::native == std::endian::big)) return;
  if (size_of(head.element) == 2) swap_words<std::uint16_t>(bytes, count);
  if (size_of(head.element) == 4) swap_words<std::uint32_t>(bytes, count);
  if (size_of(head.element) == 8) swap_words<std::uint64_t>(bytes, count);
}

[[noreturn]] void fail_truncated(const std::string& name, std::uint64_t found, std::uint64_t count) {
  throw std::runtime_error(fmt::format("{}: ends after {} of {} elements: the file is truncated", name, found, count));
}
[[noreturn]] void fail_long(const std::string& name, std::uint64_t count) {
  throw std::runtime_error(fmt::format("{}: bytes after the {} elements that its head announces", name, count));
}

std::vector<char> to_c_order(const std::vector<char>& elements, const Shape& shape, std::size_t size) {
  std::vector<std::size_t> strides(shape.size(), size);  // in Fortran order
  for (std::size_t i = 1; i < shape.size(); ++i) strides[i] = strides[i - 1] * static_cast<std::size_t>(shape[i - 1]);
  std::vector<char> result(elements.size());
  Shape index(shape.size(), 0);
  std::size_t from = 0;
  for (std::size_t to = 0; to < result.size(); to += size) {
    std::memcpy(result.data() + to, elements.data() + from, size);
    for (std::size_t i = shape.size(); i-- > 0;) {
      from += strides[i];
      if (++index[i] < shape[i]) break;
      from -= strides[i] * static_cast<std::size_t>(shape[i]);
      index[i] = 0;
    }
  }
  return result;
}

}  // namespace

std::uint64_t element_count(const Shape& shape, const std::string& name) {
  constexpr std::uint64_t most = std::uint64_t{1} << 48;
  std::uint64_t count = 1;
  for (const std::int64_t size : shape) {
    if (size < 0) throw std::runtime_error(fmt::format("{}: a dimension of {} elements", name, size));
    const auto factor = static_cast<std::uint64_t>(size);
    if (factor != 0 && count > most / factor) throw std::runtime_error(fmt::format("{}: the shape is too large", name));
    count *= factor;
  }
  return count;
}

ArrayRows::ArrayRows(std::function<std::unique_ptr<ByteSource>()> open, const ReadHead& read_head, std::string name,
                     std::shared_ptr<const InputFile> file, std::uint64_t begin)
    : open_(std::move(open)), name_(std::move(name)), file_(std::move(file)), read_head_(read_head) {
  const std::unique_ptr<ByteSource> source = open_();
  CountedBytes counted(*source);
  head_ = read_head(counted, name_);
  first_byte_ = begin + counted.count();
  if (head_.shape.empty()) throw std::runtime_error(name_ + ": a single number; expected an array of samples");
  if (head_.shape[0] == 0) throw std::runtime_error(name_ + ": no samples");
  if (head_.shape[0] > std::int64_t{std::numeric_limits<std::uint32_t>::max()})
    throw std::runtime_error(name_ + ": more samples than 32 bits can number");
  const std::uint64_t count = element_count(head_.shape, name_);
  if (count == 0) throw std::runtime_error(name_ + ": samples without elements");
  row_bytes_ = static_cast<std::size_t>(count / static_cast<std::uint64_t>(rows())) * size_of(head_.element);
  if (file_) check_size();
  if (head_.fortran_order && head_.shape.size() > 1) file_.reset();
  // Who reads sets memory aside for a row before it is there: one that a compressed file only claims to have is looked for first.
  constexpr std::size_t large_row = std::size_t{1} << 20;
  if (!file_ && row_bytes_ > large_row) load();
}

void ArrayRows::check_size() const {
  const std::uint64_t count = element_count(head_.shape, name_), size = size_of(head_.element);
  const std::uint64_t there = file_->size() > first_byte_ ? file_->size() - first_byte_ : 0;
  if (there < count * size) fail_truncated(name_, there / size, count);
  if (there > count * size) fail_long(name_, count);
}

Shape ArrayRows::row_shape() const {
  return head_.shape.size() == 1 ? Shape{1} : Shape(head_.shape.begin() + 1, head_.shape.end());
}

/// Memory grows with what is read, never with what the head claims.
void ArrayRows::load() {
  const std::unique_ptr<ByteSource> source = open_();
  read_head_(*source, name_);
  const std::uint64_t count = element_count(head_.shape, name_), size = size_of(head_.element);
  std::vector<char> elements;
  elements.reserve(static_cast<std::size_t>(std::min(count * size, source->backed())));
  std::vector<char> buffer(std::size_t{1} << 20);
  while (elements.size() < count * size) {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(count * size - elements.size(), buffer.size()));
    const std::size_t got = source->read(std::span(buffer).first(wanted));
    elements.insert(elements.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(got));
    if (got < wanted) fail_truncated(name_, elements.size() / size, count);
  }
  if (source->read(std::span(buffer).first(1)) != 0) fail_long(name_, count);
  to_own_order(head_, elements.data(), elements.size());
  elements_ = head_.fortran_order && head_.shape.size() > 1 ? to_c_order(elements, head_.shape, size_of(head_.element))
                                                            : std::move(elements);
}

void ArrayRows::read_from_file(std::int64_t row, std::int64_t count, char* to) const {
  const std::size_t wanted = static_cast<std::size_t>(count) * row_bytes_;
  const std::uint64_t begin = first_byte_ + static_cast<std::uint64_t>(row) * row_bytes_;
  const std::size_t got = file_->read_at(begin, std::span(to, wanted));
  const std::uint64_t before = static_cast<std::uint64_t>(row) * row_bytes_;
  if (got < wanted) fail_truncated(name_, (before + got) / size_of(head_.element), element_count(head_.shape, name_));
  to_own_order(head_, to, wanted);
}

void ArrayRows::copy_rows(std::int64_t row, std::int64_t count, char* to) {
  if (row < 0 || count > rows() - row)
    throw std::runtime_error(fmt::format("{}: there is no row {}; it has {}", name_, row + count, rows()));
  if (file_) return read_from_file(row, count, to);
  if (elements_.empty()) load();
  std::memcpy(to, elements_.data() + static_cast<std::size_t>(row) * row_bytes_, static_cast<std::size_t>(count) * row_bytes_);
}

void ArrayRows::read(const Rows& rows, const FieldDestination& to) {
  if (rows.are_in_order() && to.stride() == static_cast<std::int64_t>(row_bytes_))
    return copy_rows(rows[0], rows.count(), to.row<char>(0));
  for (std::int64_t i = 0; i < rows.count(); ++i) copy_rows(rows[i], 1, to.row<char>(i));
}

ArrayRows open_array_file(const std::string& path, const ReadHead& read_head) {
  const auto file = std::make_shared<const InputFile>(path);
  return ArrayRows([file] { return open_bytes(file); }, read_head, path, is_gzip(*file) ? nullptr : file);
}

}  // namespace treino::readers
