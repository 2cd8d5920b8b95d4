// A pseudo terminal, since a program draws bars for nothing else.
#include "terminal.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>

namespace treino::test {

Terminal::Terminal(const ProcessOptions& command, unsigned columns) : columns_(columns) {
  std::vector<std::string> texts = command.arguments;
  std::vector<char*> arguments;
  for (std::string& text : texts) arguments.push_back(text.data());
  arguments.push_back(nullptr);
  winsize size{};
  size.ws_row = 24;
  size.ws_col = static_cast<unsigned short>(columns);
  id_ = forkpty(&master_, nullptr, nullptr, &size);
  if (id_ < 0) throw std::runtime_error("forkpty failed");
  if (id_ > 0) return;
  if (chdir(command.folder.c_str()) != 0) _exit(126);
  setenv("TERM", "xterm", 1);
  unsetenv("NO_COLOR");
  for (const auto& [name, value] : command.environment) setenv(name.c_str(), value.c_str(), 1);
  execv(arguments[0], arguments.data());
  _exit(127);
}

Terminal::~Terminal() {
  if (id_ > 0) {
    kill(id_, SIGKILL);
    waitpid(id_, nullptr, 0);
  }
  close(master_);
}

void Terminal::resize(unsigned columns) {
  winsize size{};
  size.ws_row = 24;
  size.ws_col = static_cast<unsigned short>(columns);
  ioctl(master_, TIOCSWINSZ, &size);
  columns_ = columns;
}

void Terminal::send(int signal) const { kill(id_, signal); }

bool Terminal::wait_for(const std::string& text) {
  while (bytes_.find(text) == std::string::npos)
    if (!read_some()) return false;
  return true;
}

int Terminal::wait() {
  while (read_some()) {
  }
  end_frame();
  int status = 0;
  waitpid(id_, &status, 0);
  id_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool Terminal::read_some() {
  pollfd ready{master_, POLLIN, 0};
  if (poll(&ready, 1, 120000) == 0) throw std::runtime_error("the program is silent:\n" + bytes_);
  char buffer[4096];
  const ssize_t count = read(master_, buffer, sizeof buffer);
  if (count < 0 && errno == EINTR) return true;
  if (count <= 0) return false;  // EIO: nobody writes any more
  bytes_.append(buffer, static_cast<std::size_t>(count));
  for (ssize_t i = 0; i < count; ++i) show(static_cast<unsigned char>(buffer[i]));
  return true;
}

void Terminal::show(unsigned char byte) {
  if (!escape_.empty() || byte == 0x1b) {
    escape_ += static_cast<char>(byte);
    if (escape_.size() < 3 || byte < 0x40) return;
    if (escape_ != "\x1b[K")
      throw std::runtime_error("an escape sequence that this terminal does not know: " + escape_.substr(1));
    line_.resize(std::min(line_.size(), at_));
    escape_.clear();
  } else if (byte == '\r') {
    end_frame();
    at_ = 0;
  } else if (byte == '\n') {
    end_frame();
    lines_.push_back(line_);
    line_.clear();
    at_ = 0;
  } else {
    line_.resize(std::max(line_.size(), at_ + 1), ' ');
    line_[at_++] = static_cast<char>(byte);
    drawn_ = true;
    if (at_ > columns_) wrapped_ = true;
  }
}

void Terminal::end_frame() {
  if (drawn_ && !line_.empty()) frames_.push_back(line_);
  drawn_ = false;
}

}  // namespace treino::test
