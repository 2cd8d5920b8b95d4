// Opens regular files only, and looks through gzip whatever the file is called.
#include "data/formats/byte_source.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <system_error>
#include <utility>

#include "data/dataset.hpp"
#include "data/formats/inflate_source.hpp"

namespace treino::data {

namespace {

std::string reason(int error) { return std::generic_category().message(error); }

void refuse_odd(const std::string& name, mode_t mode) {
  if (S_ISREG(mode)) return;
  const char* kind = S_ISDIR(mode) ? "a folder" : S_ISFIFO(mode) ? "a FIFO" : S_ISSOCK(mode) ? "a socket" : "a device";
  throw DataError(fmt::format("{}: expected a file, found {}", name, kind));
}

}  // namespace

InputFile::InputFile(const std::filesystem::path& path) : name_(path.string()) {
  if (name_.empty()) throw DataError("no data file is named");
  if (name_.find('\0') != std::string::npos) throw DataError(fmt::format("{}: a NUL byte in the name", name_.c_str()));
  struct stat status {};
  if (::stat(name_.c_str(), &status) == 0) refuse_odd(name_, status.st_mode);  // opening a device can do things
  // Should it become a FIFO in between, non-blocking keeps open() from waiting for a writer. For files it changes nothing.
  descriptor_ = ::open(name_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
  if (descriptor_ < 0) throw DataError(fmt::format("{}: cannot be opened: {}", name_, reason(errno)));
  try {
    if (::fstat(descriptor_, &status) != 0) throw DataError(fmt::format("{}: cannot be read: {}", name_, reason(errno)));
    refuse_odd(name_, status.st_mode);
  } catch (...) {
    ::close(descriptor_);
    throw;
  }
  size_ = static_cast<std::uint64_t>(status.st_size);
}

InputFile::~InputFile() { ::close(descriptor_); }

std::size_t InputFile::read_at(std::uint64_t offset, std::span<char> bytes) const {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t got = ::pread(descriptor_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
    if (got == 0) break;
    if (got > 0) {
      done += static_cast<std::size_t>(got);
    } else if (errno != EINTR) {
      throw DataError(fmt::format("{}: cannot be read: {}", name_, reason(errno)));
    }
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
