#include "host/load_memory_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace treino::host {
namespace {

[[noreturn]] void fail() { throw Refusal("cannot be copied into memory: " + std::generic_category().message(errno)); }

}  // namespace

SealedCopy::SealedCopy(std::span<const std::byte> bytes, const std::string& name)
    : file_(memfd_create(name.substr(0, 200).c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING)), size_(bytes.size()) {
  if (file_.get() < 0) fail();
  for (std::size_t count = 0; count < size_;) {
    const ssize_t done = write(file_.get(), bytes.data() + count, size_ - count);
    if (done < 0) fail();
    count += static_cast<std::size_t>(done);
  }
  if (fcntl(file_.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) fail();
}

std::string SealedCopy::sha256() const {
  void* const memory = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file_.get(), 0);
  if (memory == MAP_FAILED) fail();
  const std::string hash = host::sha256({static_cast<const std::byte*>(memory), size_});
  munmap(memory, size_);
  return hash;
}

std::filesystem::path SealedCopy::path() const {
  return "/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(file_.get());
}

}  // namespace treino::host
