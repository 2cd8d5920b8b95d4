// Kept in plain arrays and atomics, since signal handlers read them.
#include "host/library/code_places.hpp"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <deque>
#include <mutex>

namespace treino::host {

namespace {

struct CodePlace {
  std::uintptr_t begin = 0, end = 0;
  const char* name = nullptr;
};

// Filled once each, and read by signal handlers, which can wait for nobody: who reads sees those that are counted.
constexpr std::size_t most_places = 4096;
CodePlace places[most_places];
std::atomic<std::size_t> place_count{0};

struct Search {
  std::uintptr_t inside;  // an address in the library
  const std::string& name;
};

/// A copy that is never freed: a crash may come at any time.
const char* kept(const std::string& name) {
  static auto& names = *new std::deque<std::string>;
  return names.emplace_back(name).c_str();
}

bool contains(const dl_phdr_info& library, const ElfW(Phdr) & segment, std::uintptr_t address) {
  const std::uintptr_t begin = library.dlpi_addr + segment.p_vaddr;
  return segment.p_type == PT_LOAD && address >= begin && address < begin + segment.p_memsz;
}

int add_places(dl_phdr_info* library, std::size_t, void* data) {
  const auto& search = *static_cast<const Search*>(data);
  bool found = false;
  for (int i = 0; i < library->dlpi_phnum; ++i) found = found || contains(*library, library->dlpi_phdr[i], search.inside);
  if (!found) return 0;
  const char* name = nullptr;
  for (int i = 0; i < library->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = library->dlpi_phdr[i];
    const std::size_t count = place_count.load(std::memory_order_relaxed);
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_X) == 0 || count == most_places) continue;
    const std::uintptr_t begin = library->dlpi_addr + segment.p_vaddr;
    if (owner_of_code(begin) != nullptr) continue;  // loaded before
    if (name == nullptr) name = kept(search.name);
    places[count] = {begin, begin + segment.p_memsz, name};
    place_count.store(count + 1, std::memory_order_release);
  }
  return 1;
}

/// Whether a call may return to `address`: pointers to functions lie on stacks, too.
bool follows_call([[maybe_unused]] std::uintptr_t address) {
#if defined(__x86_64__)
  const auto* const code = reinterpret_cast<const unsigned char*>(address);
  const auto is_indirect = [&](int length) { return code[-length] == 0xff && (code[1 - length] & 0x38) == 0x10; };
  return code[-5] == 0xe8 || is_indirect(2) || is_indirect(3) || is_indirect(4) || is_indirect(6) || is_indirect(7);
#else
  return true;
#endif
}

}  // namespace

void remember_code(void* handle, const std::string& name) {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  link_map* map = nullptr;
  if (dlinfo(handle, RTLD_DI_LINKMAP, &map) != 0 || map == nullptr) return;
  Search search{reinterpret_cast<std::uintptr_t>(map->l_ld), name};
  dl_iterate_phdr(add_places, &search);
}

const char* owner_of_code(std::uintptr_t address) {
  const std::size_t count = place_count.load(std::memory_order_acquire);
  for (std::size_t i = 0; i < count; ++i)
    if (address >= places[i].begin && address < places[i].end) return places[i].name;
  return nullptr;
}

const char* owner_of_calls(std::uintptr_t top) {
  constexpr std::size_t page = 4096, most_pages = 64, margin = 8;  // no call is longer than that many bytes
  std::array<std::uintptr_t, page / sizeof(std::uintptr_t)> words;
  top &= ~(sizeof(std::uintptr_t) - 1);
  for (std::size_t i = 0; i < most_pages; ++i) {
    // The system looks whether the memory is there, which nobody else can while a signal is handled.
    const std::uintptr_t end = (top / page + 1) * page;
    iovec to{words.data(), end - top}, from{reinterpret_cast<void*>(top), end - top};
    const ssize_t read = process_vm_readv(getpid(), &to, 1, &from, 1, 0);
    top = end;
    if (read <= 0) continue;
    for (std::size_t word = 0; word < static_cast<std::size_t>(read) / sizeof words[0]; ++word) {
      const char* const owner = owner_of_code(words[word]);
      if (owner != nullptr && owner_of_code(words[word] - margin) == owner && follows_call(words[word])) return owner;
    }
  }
  return nullptr;
}

}  // namespace treino::host
