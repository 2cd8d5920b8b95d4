// Names of signals as users know them.
#include "train/run/interrupt.hpp"

#include <csignal>

#include "base/signal_name.hpp"

namespace treino::train {

std::string Interrupt::name(int signal) {
  if (signal == by_program) return "the program";
  if (signal == by_time) return "max_time";
  return signal == SIGINT ? "Ctrl-C" : base::signal_name(signal);
}

}  // namespace treino::train
