// The program's malloc comes before the C library's for every shared library that it loads. Sanitizers have one of their own, and
// a hook.
#include "plugins/conformance/allocations.hpp"

#include <cerrno>
#include <cstddef>

namespace {
thread_local std::uint64_t count = 0;
thread_local std::size_t most = SIZE_MAX;
}  // namespace

namespace treino::conformance {
std::uint64_t allocations() { return count; }
void refuse_allocations_above(std::size_t bytes) { most = bytes; }
}  // namespace treino::conformance

#ifdef TREINO_CONFORMANCE_SANITIZED

extern "C" int __sanitizer_install_malloc_and_free_hooks(void (*on_malloc)(const volatile void*, std::size_t),
                                                         void (*on_free)(const volatile void*));

namespace {
const int installed =
    __sanitizer_install_malloc_and_free_hooks([](const volatile void*, std::size_t) { ++count; }, [](const volatile void*) {});
}

#else

extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);

void* malloc(std::size_t size) {
  ++count;
  if (size > most) return nullptr;
  return __libc_malloc(size);
}
void* calloc(std::size_t number, std::size_t size) {
  ++count;
  return __libc_calloc(number, size);
}
void* realloc(void* block, std::size_t size) {
  ++count;
  return __libc_realloc(block, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
  ++count;
  return __libc_memalign(alignment, size);
}
int posix_memalign(void** block, std::size_t alignment, std::size_t size) {
  ++count;
  *block = __libc_memalign(alignment, size);
  return *block == nullptr ? ENOMEM : 0;
}
}

#endif
