#include "host/load_memory_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/sha256.hpp"

namespace treino::host {
namespace {

constexpr int most_attempts = 20;

[[noreturn]] void fail() { throw Refusal("cannot be copied into memory: " + std::generic_category().message(errno)); }

/// The kernel refuses for as long as it holds a page for itself, while it tidies up memory, say; it waits a while before it does.
void seal(int file) {
  for (int attempt = 1; fcntl(file, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0; ++attempt)
    if (errno != EBUSY || attempt == most_attempts) fail();
}

}  // namespace

SealedCopy::SealedCopy(std::span<const std::byte> bytes, const std::string& name)
    : file_(memfd_create(name.substr(0, 200).c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING)), size_(bytes.size()) {
  if (file_.get() < 0) fail();
  for (std::size_t count = 0; count < size_;) {
    const ssize_t done = write(file_.get(), bytes.data() + count, size_ - count);
    if (done < 0) fail();
    count += static_cast<std::size_t>(done);
  }
  seal(file_.get());
}

std::string SealedCopy::sha256() const {
  void* const memory = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file_.get(), 0);
  if (memory == MAP_FAILED) fail();
  const std::string hash = base::sha256({static_cast<const std::byte*>(memory), size_});
  munmap(memory, size_);
  return hash;
}

std::filesystem::path SealedCopy::path() const {
  return "/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(file_.get());
}

}  // namespace treino::host
