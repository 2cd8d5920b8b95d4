// The C library knows the names.
#include "base/signal_name.hpp"

#include <cstring>

namespace treino::base {

std::string signal_name(int signal) {
  const char* name = sigabbrev_np(signal);
  return name == nullptr ? "signal " + std::to_string(signal) : std::string("SIG") + name;
}

}  // namespace treino::base
