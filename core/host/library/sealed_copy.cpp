// A copy in memory that is read once and sealed: the file on disk may be replaced while a plugin is being loaded.
#include "host/library/sealed_copy.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace treino::host {
namespace {

constexpr int most_attempts = 20;

[[noreturn]] void fail() { throw FormatError("cannot be copied into memory: " + base::reason_of(errno)); }

/// The kernel refuses for as long as it holds a page for itself, for example while it compacts memory; it waits a while before it
/// does.
void seal(int file) {
  for (int attempt = 1; fcntl(file, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0; ++attempt)
    if (errno != EBUSY || attempt == most_attempts) fail();
}

void write_all(int file, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t done = write(file, bytes.data(), bytes.size());
    if (done < 0) fail();
    bytes = bytes.subspan(static_cast<std::size_t>(done));
  }
}

}  // namespace

SealedCopy::SealedCopy(const base::OpenedFile& file, const std::string& name)
    : file_(memfd_create(name.substr(0, 200).c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING)) {
  if (file_.get() < 0) fail();
  std::array<std::byte, std::size_t{32} << 10> piece;
  while (size_ < file.size()) {
    const auto wanted = std::span(piece).first(std::min<std::uint64_t>(piece.size(), file.size() - size_));
    const std::size_t count = read_next(file, wanted);
    write_all(file_.get(), wanted.first(count));
    size_ += count;
    if (count < wanted.size()) break;
  }
  seal(file_.get());
  if (size_ == 0) return;
  void* const memory = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file_.get(), 0);
  if (memory == MAP_FAILED) fail();
  memory_ = static_cast<const std::byte*>(memory);
}

SealedCopy::~SealedCopy() {
  if (memory_ != nullptr) munmap(const_cast<std::byte*>(memory_), size_);
}

std::filesystem::path SealedCopy::path() const {
  return "/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(file_.get());
}

}  // namespace treino::host
