#include "train/interrupt.hpp"

#include <csignal>
#include <cstring>

namespace treino::train {

namespace {

volatile std::sig_atomic_t received_signal = 0;
struct sigaction previous_interrupt, previous_terminate;

void on_signal(int number) {
  received_signal = number;
  // From now on the system's own way: a second signal ends the process.
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  sigaction(SIGINT, &standard, nullptr);
  sigaction(SIGTERM, &standard, nullptr);
}

}  // namespace

Interrupt::Interrupt() {
  received_signal = 0;
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, &previous_interrupt);
  sigaction(SIGTERM, &action, &previous_terminate);
}

Interrupt::~Interrupt() {
  sigaction(SIGINT, &previous_interrupt, nullptr);
  sigaction(SIGTERM, &previous_terminate, nullptr);
}

int Interrupt::received() { return received_signal; }

}  // namespace treino::train
