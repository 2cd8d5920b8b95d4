// Ctrl-C and SIGTERM: the first asks for a clean end, the second ends the process at once.
#pragma once

namespace treino::train {

/// Handles the two signals while it lives. One at a time.
class Interrupt {
 public:
  Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;
  ~Interrupt();
  /// The signal that came, 0 for none.
  static int received();
};

}  // namespace treino::train
