// Names of signals as users know them.
#include "train/run/interrupt.hpp"

#include <csignal>

namespace treino::train {

std::string Interrupt::name(int signal) {
  switch (signal) {
    case by_program:
      return "the program";
    case SIGINT:
      return "Ctrl-C";
    case SIGTERM:
      return "SIGTERM";
    case SIGHUP:
      return "SIGHUP";
    case SIGXCPU:
      return "SIGXCPU";
    default:
      return "signal " + std::to_string(signal);
  }
}

}  // namespace treino::train
