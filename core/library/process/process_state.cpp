// There is one process.
#include "library/process/process_state.hpp"

#include <atomic>

#include "base/input_error.hpp"

namespace treino::library {

namespace {

std::atomic<bool> owned{false};

}  // namespace

ProcessState::Ownership::Ownership() {
  if (owned.exchange(true)) throw base::InputError("the process is owned already: one treino::Process at a time");
}

ProcessState::Ownership::~Ownership() { owned = false; }

ProcessState::Ignored::Ignored(int signal) : signal_(signal), before_(std::signal(signal, SIG_IGN)) {}
ProcessState::Ignored::~Ignored() { std::signal(signal_, before_); }

ProcessState::ProcessState() { install_crash_report(); }

ProcessState::~ProcessState() = default;

}  // namespace treino::library
