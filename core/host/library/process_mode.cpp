// Reads the state when it is made, and restores what differs from it; the umask comes from /proc, since umask() could not be asked
// without setting another.
#include "host/library/process_mode.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "base/signal_name.hpp"

namespace treino::host {
namespace {

/// From /proc: umask() tells it only by setting another one, with which another thread could make a file just then.
int current_umask() {
  const int status = ::open("/proc/self/status", O_RDONLY | O_CLOEXEC);
  if (status < 0) return -1;
  char text[1024];
  const ssize_t size = ::read(status, text, sizeof text - 1);
  ::close(status);
  if (size <= 0) return -1;
  text[size] = '\0';
  const char* line = std::strstr(text, "Umask:");
  return line == nullptr ? -1 : static_cast<int>(std::strtol(line + 6, nullptr, 8));
}

bool same_signals(const sigset_t& left, const sigset_t& right) {
  for (int signal = 1; signal < SIGRTMAX; ++signal)
    if (sigismember(&left, signal) != sigismember(&right, signal)) return false;
  return true;
}

// sa_handler and sa_sigaction are one place.
bool same_handler(const struct sigaction& left, const struct sigaction& right) { return left.sa_handler == right.sa_handler; }

void add(std::string& text, const std::string& part) { text += (text.empty() ? "" : ", ") + part; }

}  // namespace

ProcessMode::ProcessMode() : umask_(current_umask()), folder_(::open(".", O_PATH | O_DIRECTORY | O_CLOEXEC)) {
  pthread_sigmask(SIG_SETMASK, nullptr, &mask_);
  for (std::size_t i = 0; i < signals_.size(); ++i) sigaction(signals_[i], nullptr, &handlers_[i]);
  struct stat status {};
  if (folder_ >= 0 && fstat(folder_, &status) == 0) device_ = status.st_dev, file_ = status.st_ino;
}

ProcessMode::~ProcessMode() {
  if (folder_ >= 0) ::close(folder_);
}

std::string ProcessMode::restore() const {
  std::string changed;
  sigset_t mask;
  if (pthread_sigmask(SIG_SETMASK, nullptr, &mask) == 0 && !same_signals(mask, mask_)) {
    pthread_sigmask(SIG_SETMASK, &mask_, nullptr);
    add(changed, "the signal mask");
  }
  for (std::size_t i = 0; i < signals_.size(); ++i) {
    struct sigaction now {};
    if (sigaction(signals_[i], nullptr, &now) != 0 || same_handler(now, handlers_[i])) continue;
    sigaction(signals_[i], &handlers_[i], nullptr);
    add(changed, std::string("the handler of ") + base::signal_name(signals_[i]));
  }
  if (const int now = current_umask(); umask_ >= 0 && now >= 0 && now != umask_) {
    ::umask(static_cast<mode_t>(umask_));
    add(changed, "the umask");
  }
  struct stat status {};
  const bool there = stat(".", &status) == 0;
  if (folder_ >= 0 && !(there && status.st_dev == device_ && status.st_ino == file_) && fchdir(folder_) == 0 && file_ != 0)
    add(changed, "the working folder");
  return changed;
}

}  // namespace treino::host
