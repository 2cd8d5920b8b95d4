// Which of the host's services a library uses, found out by the compiler, so that a plugin fails in create where the host lacks one,
// and not in the middle of a run (sdk/ABI.md, section 6).
#pragma once
#include <treino/abi.h>

#include <cstring>
#include <stdexcept>
#include <string>

// In a function that asks for a service: leaves its name in a section of the library. A function that nobody calls is not compiled, and
// leaves nothing.
#define TREINO_USES_SERVICE(name) \
  __asm__ volatile(".pushsection treino_services,\"a\",%progbits\n\t.asciz \"" name "\"\n\t.popsection")

// The linker makes these for a section whose name is a word; both are null where nobody uses a service.
extern "C" {
extern const char __start_treino_services[] __attribute__((weak, visibility("hidden")));
extern const char __stop_treino_services[] __attribute__((weak, visibility("hidden")));
}

namespace treino {
inline namespace sdk0 {
namespace detail {

/// Throws where the host lacks a service that some function of this library asks for.
inline void check_services(const treino_host* host) {
  const char *name = __start_treino_services, *end = __stop_treino_services;
  if (host == nullptr || name == nullptr) return;
  for (; name < end; name += std::strlen(name) + 1)
    if (*name != '\0' && host->service(host, name) == nullptr)
      throw std::runtime_error(std::string("this host has no service ") + name + ", which the plugin needs");
}

}  // namespace detail
}  // namespace sdk0
}  // namespace treino
