// Opens regular files only, and looks through gzip whatever the file is called.
#include "data/formats/byte_source.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <utility>

#include "data/dataset.hpp"
#include "data/formats/inflate_source.hpp"

namespace treino::data {

InputFile::InputFile(const std::filesystem::path& path) : name_(path.string()) {
  if (name_.empty()) throw DataError("no data file is named");
  if (name_.find('\0') != std::string::npos) throw DataError(fmt::format("{}: a NUL byte in the name", name_.c_str()));
  file_ = base::open_regular(name_);
  if (!file_.odd.empty()) throw DataError(fmt::format("{}: expected a file, found {}", name_, file_.odd));
  if (!file_) throw DataError(fmt::format("{}: cannot be opened: {}", name_, base::reason_of(file_.error)));
}

std::size_t InputFile::read_at(std::uint64_t offset, std::span<char> bytes) const {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t got = base::uninterrupted([&] {
      return ::pread(file_.descriptor.get(), bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
    });
    if (got == 0) break;
    if (got < 0) throw DataError(fmt::format("{}: cannot be read: {}", name_, base::reason_of(errno)));
    done += static_cast<std::size_t>(got);
  }
  return done;
}

FileBytes::FileBytes(std::shared_ptr<const InputFile> file)
    : file_(std::move(file)), offset_(0), end_(std::numeric_limits<std::int64_t>::max()) {}

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

std::unique_ptr<ByteSource> open_bytes(std::shared_ptr<const InputFile> file) {
  char magic[2] = {};
  const std::size_t got = file->read_at(0, magic);
  const bool gzip = got == 2 && static_cast<unsigned char>(magic[0]) == 0x1f && static_cast<unsigned char>(magic[1]) == 0x8b;
  const std::string name = file->name();
  auto plain = std::make_unique<FileBytes>(std::move(file));
  if (!gzip) return plain;
  const std::uint64_t limit = inflated_limit(plain->backed());
  return std::make_unique<InflateSource>(std::move(plain), Wrapping::gzip, limit, name);
}

}  // namespace treino::data
