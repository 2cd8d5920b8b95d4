// Signals as messages call them.
#pragma once
#include <string>

namespace treino::base {

/// "SIGTERM"; "signal 40" for one that has no name.
std::string signal_name(int signal);

}  // namespace treino::base
