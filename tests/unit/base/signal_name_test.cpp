// Signals by name.
#include "base/signal_name.hpp"

#include <csignal>

#include "support/catch.hpp"

using namespace treino;

TEST_CASE("a signal is called as kill -l calls it, and by its number where it has no name") {
  CHECK(base::signal_name(SIGTERM) == "SIGTERM");
  CHECK(base::signal_name(SIGSEGV) == "SIGSEGV");
  CHECK(base::signal_name(SIGRTMIN + 3) == "signal " + std::to_string(SIGRTMIN + 3));
  CHECK(base::signal_name(0) == "signal 0");
  CHECK(base::signal_name(-1) == "signal -1");
}
