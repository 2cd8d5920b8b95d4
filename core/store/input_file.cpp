// Reads past the system's cache where a file is large, and tells a file that became shorter meanwhile from one that is damaged.
#include "store/input_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "store/atomic_file.hpp"
#include "store/block.hpp"
#include "store/store_error.hpp"

namespace treino::store {

InputFile::InputFile(std::filesystem::path path) : path_(std::move(path)) {
  base::OpenedFile file = base::open_regular(path_);
  if (!file.odd.empty()) throw StoreError(path_.string() + ": is not a regular file");
  if (!file) fail(path_, "cannot be opened", file.error);
  size_ = file.size();
  descriptor_ = std::move(file.descriptor);
}

std::size_t InputFile::read_some(std::span<std::byte> bytes) {
  const auto count = base::uninterrupted([&] { return ::read(descriptor_.get(), bytes.data(), bytes.size()); });
  if (count < 0) fail(path_, "cannot be read", errno);
  read_ += static_cast<std::uint64_t>(count);
  return static_cast<std::size_t>(count);
}

void InputFile::truncated(std::uint64_t missing) {
  throw StoreError(fmt::format("{}: truncated: {} bytes are missing", path_.string(), missing));
}

void InputFile::read(std::span<std::byte> bytes) {
  while (!bytes.empty()) {
    const std::size_t count = read_some(bytes);
    if (count == 0) truncated(bytes.size());
    bytes = bytes.subspan(count);
  }
}

void InputFile::read_rest(const std::function<void(std::span<const std::byte>)>& take) {
  const Block block = make_block();
  bool passes_by_cache = size_ - read_ > block_size && pass_by_cache(descriptor_.get());
  while (read_ < size_) {
    const std::uint64_t begin = read_ / block_alignment * block_alignment;
    const auto count =
        base::uninterrupted([&] { return pread(descriptor_.get(), block.get(), block_size, static_cast<off_t>(begin)); });
    if (count < 0 && errno == EINVAL && std::exchange(passes_by_cache, false)) {
      use_cache(descriptor_.get());
      continue;
    }
    if (count < 0) fail(path_, "cannot be read", errno);
    const std::uint64_t end = std::min(begin + static_cast<std::uint64_t>(count), size_);
    if (end <= read_) truncated(size_ - read_);
    take({block.get() + (read_ - begin), static_cast<std::size_t>(end - read_)});
    read_ = end;
  }
}

void InputFile::read_at(std::uint64_t place, std::span<std::byte> bytes) {
  use_cache(descriptor_.get());
  while (!bytes.empty()) {
    const auto count =
        base::uninterrupted([&] { return pread(descriptor_.get(), bytes.data(), bytes.size(), static_cast<off_t>(place)); });
    if (count < 0) fail(path_, "cannot be read", errno);
    if (count == 0) truncated(bytes.size());
    bytes = bytes.subspan(static_cast<std::size_t>(count));
    place += static_cast<std::uint64_t>(count);
  }
}

// Read to the end, not to the size: files of /proc say 0, and a log may grow meanwhile. The extra byte sees the end without
// growing.
std::string read_file(const std::filesystem::path& path, std::uint64_t limit) {
  InputFile file(path);
  const auto require_within = [&](std::uint64_t size) {
    if (size > limit) throw StoreError(fmt::format("{}: is longer than the {} bytes allowed", path.string(), limit));
  };
  require_within(file.size());
  std::string content(file.size() + 1, '\0');
  std::size_t length = 0;
  while (const std::size_t count = file.read_some(std::as_writable_bytes(std::span(content).subspan(length)))) {
    length += count;
    require_within(length);
    if (length == content.size()) content.resize(2 * length);
  }
  content.resize(length);
  return content;
}

std::string content_or_empty(const std::filesystem::path& path) {
  try {
    return read_file(path);
  } catch (const StoreError&) {
    return "";
  }
}

}  // namespace treino::store
