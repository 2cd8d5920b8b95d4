// Which of the host's services a library uses, found out by the compiler, so that a plugin fails in create where the host lacks
// one, and not in the middle of a run (sdk/ABI.md, section 6).
#pragma once
#include <treino/abi.h>

#include <cstring>
#include <stdexcept>
#include <string>

// In a function that asks for a service: leaves its name in a section of the library. A function that nobody calls is not compiled,
// and leaves nothing.
#define TREINO_USES_SERVICE(name) \
  __asm__ volatile(".pushsection treino_services,\"a\",%progbits\n\t.asciz \"" name "\"\n\t.popsection")

// In a constructor, under the condition for which the plugin uses the service: throws there where the host lacks it. Elsewhere in
// the library its use is then no need, and an instance that is not given the parameters that ask for it does without:
//   if (restore_best_weights_) TREINO_REQUIRE_SERVICE(host(), TREINO_MODEL_SERVICE);
#define TREINO_REQUIRE_SERVICE(host, name)                                                                           \
  do {                                                                                                               \
    __asm__ volatile(".pushsection treino_optional_services,\"a\",%progbits\n\t.asciz \"" name "\"\n\t.popsection"); \
    ::treino::detail::require_service((host).handle(), name);                                                        \
  } while (false)

// The linker makes these for a section whose name is a word; both are null where the library has none.
extern "C" {
extern const char __start_treino_services[] __attribute__((weak, visibility("hidden")));
extern const char __stop_treino_services[] __attribute__((weak, visibility("hidden")));
extern const char __start_treino_optional_services[] __attribute__((weak, visibility("hidden")));
extern const char __stop_treino_optional_services[] __attribute__((weak, visibility("hidden")));
}

namespace treino {
inline namespace sdk0 {
namespace detail {

/// Throws where the host lacks the service.
inline void require_service(const treino_host* host, const char* name) {
  if (host != nullptr && host->service(host, name) == nullptr)
    throw std::runtime_error(std::string("this host has no service ") + name + ", which the plugin needs");
}

/// Whether some constructor asks for the service where it needs it.
inline bool is_optional_service(const char* name) {
  const char *one = __start_treino_optional_services, *end = __stop_treino_optional_services;
  if (one == nullptr) return false;
  for (; one < end; one += std::strlen(one) + 1)
    if (std::strcmp(one, name) == 0) return true;
  return false;
}

/// Throws where the host lacks a service that some function of this library asks for, unless the library can do without.
inline void check_services(const treino_host* host) {
  const char *name = __start_treino_services, *end = __stop_treino_services;
  if (host == nullptr || name == nullptr) return;
  for (; name < end; name += std::strlen(name) + 1)
    if (*name != '\0' && !is_optional_service(name)) require_service(host, name);
}

}  // namespace detail
}  // namespace sdk0
}  // namespace treino
