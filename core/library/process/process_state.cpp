// There is one process.
#include "library/process/process_state.hpp"

#include <atomic>

#include "base/input_error.hpp"

namespace treino::library {

namespace {

std::atomic<bool> owned{false};
std::atomic<ProcessState*> the_state{nullptr};

}  // namespace

ProcessState::Ownership::Ownership() {
  if (owned.exchange(true)) throw base::InputError("the process is owned already: one treino::Process at a time");
}

ProcessState::Ownership::~Ownership() { owned = false; }

ProcessState::ProcessState() {
  install_crash_report();
  the_state = this;
}

ProcessState::~ProcessState() { the_state = nullptr; }

ProcessState* ProcessState::current() { return the_state; }

}  // namespace treino::library
