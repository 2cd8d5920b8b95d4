// A terminal for the program to write on: what it shows, frame by frame, and what stays.
#pragma once
#include <string>
#include <vector>

#include "support/process.hpp"

namespace treino::test {

class Terminal {
 public:
  /// Starts the command with a terminal of so many columns as its standard input, output and error.
  Terminal(const ProcessOptions& command, unsigned columns);
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  ~Terminal();

  void resize(unsigned columns);
  void send(int signal) const;
  /// Reads until `text` has been shown; false where the program ended before.
  bool wait_for(const std::string& text);
  /// Reads until the program ends. Returns its exit code, -1 where a signal ended it. Throws after two minutes.
  int wait();

  /// Everything that came.
  const std::string& bytes() const { return bytes_; }
  /// The lines that stay, in order, without those that were overwritten or erased.
  const std::vector<std::string>& lines() const { return lines_; }
  /// The bottom line each time that it was complete: as drawn, before it was overwritten or ended.
  const std::vector<std::string>& frames() const { return frames_; }
  /// Whether a line was longer than the terminal was wide.
  bool wrapped() const { return wrapped_; }

 private:
  bool read_some();  // false at the end
  void show(unsigned char byte);
  void end_frame();

  int master_ = -1, id_ = -1;
  unsigned columns_;
  std::string bytes_, line_, escape_;
  std::size_t at_ = 0;  // in line_
  bool wrapped_ = false, drawn_ = false;
  std::vector<std::string> lines_, frames_;
};

}  // namespace treino::test
