// Opens regular files only, and looks through gzip whatever the file is called.
#include "shared/readers/byte_source.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

#include "shared/readers/inflate_source.hpp"

namespace treino::readers {

InputFile::InputFile(const std::string& path) : name_(path), file_(path) {}

std::size_t InputFile::read_at(std::uint64_t offset, std::span<char> bytes) const {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t got = uninterrupted(
        [&] { return ::pread(file_.descriptor(), bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done)); });
    if (got == 0) break;
    if (got < 0) throw std::runtime_error(fmt::format("{}: cannot be read: {}", name_, std::generic_category().message(errno)));
    done += static_cast<std::size_t>(got);
  }
  return done;
}

FileBytes::FileBytes(std::shared_ptr<const InputFile> file, std::uint64_t offset)
    : file_(std::move(file)), offset_(offset), end_(std::numeric_limits<std::int64_t>::max()) {}

FileBytes::FileBytes(std::shared_ptr<const InputFile> file, std::uint64_t offset, std::uint64_t length)
    : file_(std::move(file)), offset_(offset), end_(offset + length) {}

std::size_t FileBytes::read(std::span<char> bytes) {
  const std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), end_ - offset_));
  const std::size_t got = file_->read_at(offset_, bytes.first(wanted));
  offset_ += got;
  return got;
}

std::uint64_t FileBytes::backed() const {
  const std::uint64_t end = std::min(end_, file_->size());
  return end > offset_ ? end - offset_ : 0;
}

bool is_gzip(const InputFile& file) {
  char magic[2] = {};
  const std::size_t got = file.read_at(0, magic);
  return got == 2 && static_cast<unsigned char>(magic[0]) == 0x1f && static_cast<unsigned char>(magic[1]) == 0x8b;
}

std::unique_ptr<ByteSource> open_bytes(std::shared_ptr<const InputFile> file, std::uint64_t offset) {
  if (!is_gzip(*file)) return std::make_unique<FileBytes>(std::move(file), offset);
  const std::string name = file->name();
  auto packed = std::make_unique<FileBytes>(std::move(file));
  const std::uint64_t limit = inflated_limit(packed->backed());
  auto bytes = std::make_unique<InflateSource>(std::move(packed), Wrapping::gzip, limit, name);
  std::vector<char> skipped(std::size_t{64} << 10);
  for (std::uint64_t left = offset; left > 0;) {
    const std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(left, skipped.size()));
    const std::size_t got = bytes->read(std::span(skipped).first(wanted));
    left -= got;
    if (got < wanted) break;
  }
  return bytes;
}

}  // namespace treino::readers
