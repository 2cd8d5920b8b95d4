// Both ends of the socket. The process that is forked calls nothing but libhdf5 and what is safe after fork() in a program of several
// threads: no locks but those of the heap, which the C library sees to.
#include "library_process.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <stdexcept>

#include "shared/readers/message.hpp"
#include "shared/readers/open_file.hpp"

namespace treino::readers {

namespace {

struct Request {
  std::uint64_t dataset;
  std::int64_t first, count;
};

constexpr std::uint64_t longest_text = 1 << 16, most_datasets = 10000;

/// The process's end.
class Server {
 public:
  explicit Server(int socket) : socket_(socket) {}

  [[noreturn]] void run(const std::string& path) {
    isolate();
    try {
      Hdf5File file(path);
      send_datasets(file.datasets());
      for (Request request{}; receive(&request, sizeof request);) answer(file, request);
    } catch (const std::exception& error) {
      send_text(error.what());
    }
    _exit(0);
  }

 private:
  /// From what the program has opened and handles, and within 2 GiB of memory more than it has.
  void isolate() {
    for (int number = 1; number < NSIG; ++number) signal(number, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    socket_ = dup2(socket_, 3);
    close_range(4, ~0u, 0);
    const rlimit no_core{0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    std::uint64_t pages = 0;
    rlimit memory{};
    if (!(std::ifstream("/proc/self/statm") >> pages) || getrlimit(RLIMIT_AS, &memory) != 0) return;
    const rlim_t most = pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)) + (std::uint64_t{2} << 30);
    memory.rlim_cur = std::min(memory.rlim_cur, most);
    setrlimit(RLIMIT_AS, &memory);
  }
  void answer(Hdf5File& file, const Request& request) {
    try {
      const Hdf5Dataset& dataset = file.datasets().at(request.dataset);
      buffer_.resize(static_cast<std::size_t>(request.count) * dataset.row_bytes());
      file.read(request.dataset, request.first, request.count, buffer_.data());
    } catch (const std::exception& error) {
      return send_text(error.what());
    }
    send_text("");
    send(buffer_.data(), buffer_.size());
  }

  bool receive(void* to, std::size_t size) {
    auto* bytes = static_cast<char*>(to);
    while (size > 0) {
      const ssize_t got = uninterrupted([&] { return recv(socket_, bytes, size, 0); });
      if (got <= 0) return false;
      bytes += got;
      size -= static_cast<std::size_t>(got);
    }
    return true;
  }
  void send(const void* from, std::size_t size) {
    const auto* bytes = static_cast<const char*>(from);
    while (size > 0) {
      const ssize_t sent = uninterrupted([&] { return ::send(socket_, bytes, size, MSG_NOSIGNAL); });
      if (sent <= 0) _exit(0);
      bytes += sent;
      size -= static_cast<std::size_t>(sent);
    }
  }
  void send_number(std::uint64_t number) { send(&number, sizeof number); }
  void send_text(std::string text) {
    text.resize(std::min<std::size_t>(text.size(), longest_text));
    send_number(text.size());
    send(text.data(), text.size());
  }
  void send_datasets(const std::vector<Hdf5Dataset>& datasets) {
    send_text("");
    send_number(datasets.size());
    for (const Hdf5Dataset& each : datasets) {
      send_text(each.name);
      send_text(each.fault);
      send_number(static_cast<std::uint64_t>(each.type));
      send_number(each.shape.size());
      for (const std::int64_t size : each.shape) send_number(static_cast<std::uint64_t>(size));
    }
  }

  int socket_;
  std::vector<char> buffer_;
};

}  // namespace

LibraryProcess::LibraryProcess(const std::string& path) : path_(path) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) fail(fmt::format("no socket: {}", std::strerror(errno)));
  process_ = fork();
  if (process_ == 0) Server(ends[1]).run(path);
  close(ends[1]);
  socket_ = ends[0];
  try {
    if (process_ < 0) fail(fmt::format("no process for libhdf5: {}", std::strerror(errno)));
    if (const std::string fault = receive_text(); !fault.empty()) fail(fault);
    receive_datasets();
  } catch (...) {
    end();
    throw;
  }
}

LibraryProcess::~LibraryProcess() { end(); }

void LibraryProcess::end() {
  close(socket_);
  if (process_ <= 0) return;
  kill(process_, SIGKILL);  // it only reads
  uninterrupted([&] { return waitpid(process_, nullptr, 0); });
}

void LibraryProcess::fail(const std::string& what) const { throw std::runtime_error(path_ + ": " + what); }

void LibraryProcess::fail_ended() {
  int status = 0;
  const pid_t ended = uninterrupted([&] { return waitpid(process_, &status, 0); });
  process_ = -1;
  if (ended > 0 && WIFSIGNALED(status))
    fail(fmt::format("libhdf5 has crashed ({}): the file is damaged", strsignal(WTERMSIG(status))));
  fail("libhdf5 has ended: the file is damaged");
}

void LibraryProcess::receive(char* to, std::size_t size) {
  constexpr int patience = 600'000;  // milliseconds
  if (process_ <= 0) fail("libhdf5 has ended before");
  while (size > 0) {
    pollfd ready{socket_, POLLIN, 0};
    const int found = uninterrupted([&] { return poll(&ready, 1, patience); });
    if (found == 0) fail("libhdf5 has not read it within 10 minutes");
    const ssize_t got = uninterrupted([&] { return recv(socket_, to, size, 0); });
    if (got <= 0) fail_ended();
    to += got;
    size -= static_cast<std::size_t>(got);
  }
}

std::string LibraryProcess::receive_text() {
  std::uint64_t size = 0;
  receive(reinterpret_cast<char*>(&size), sizeof size);
  if (size > longest_text) fail("libhdf5 has gone astray: the file is damaged");
  std::string text(static_cast<std::size_t>(size), '\0');
  receive(text.data(), text.size());
  return text;
}

void LibraryProcess::receive_datasets() {
  const auto number = [&](std::uint64_t most) {
    std::uint64_t value = 0;
    receive(reinterpret_cast<char*>(&value), sizeof value);
    if (value > most) fail("libhdf5 has gone astray: the file is damaged");
    return value;
  };
  datasets_.resize(static_cast<std::size_t>(number(most_datasets)));
  for (Hdf5Dataset& each : datasets_) {
    each.name = receive_text();
    each.fault = receive_text();
    each.type = static_cast<ReadType>(number(static_cast<std::uint64_t>(ReadType::float64)));
    each.shape.resize(static_cast<std::size_t>(number(32)));
    for (std::int64_t& size : each.shape) size = static_cast<std::int64_t>(number(std::uint64_t{1} << 48));
  }
}

void LibraryProcess::read(std::size_t dataset, std::int64_t first, std::int64_t count, char* to) {
  const Request request{dataset, first, count};
  if (process_ <= 0) fail("libhdf5 has ended before");
  if (uninterrupted([&] { return send(socket_, &request, sizeof request, MSG_NOSIGNAL); }) != sizeof request) fail_ended();
  const std::string fault = receive_text();
  if (!fault.empty()) fail(fmt::format("{}: {}", in_quotes(datasets_[dataset].name), fault));
  receive(to, static_cast<std::size_t>(count) * datasets_[dataset].row_bytes());
}

}  // namespace treino::readers
