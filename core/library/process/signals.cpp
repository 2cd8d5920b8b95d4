// The thread that takes the signals.
#include "library/process/signals.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace treino::library {
namespace {

// timeout(1) sends its signal to the process and then to its group: that is one request. Nobody presses Ctrl-C that fast.
constexpr std::chrono::milliseconds one_request(5);
// Then the process ends whatever of its last words was not said: the file system or the terminal may hang, too.
constexpr std::chrono::seconds last_words(60);

sigset_t original_mask;

void restore_original_mask() { pthread_sigmask(SIG_SETMASK, &original_mask, nullptr); }

bool ignored(int signal) {
  struct sigaction action {};
  return sigaction(signal, nullptr, &action) == 0 && (action.sa_flags & SA_SIGINFO) == 0 && action.sa_handler == SIG_IGN;
}

int checked(int descriptor, const char* what) {
  if (descriptor < 0) throw std::system_error(errno, std::generic_category(), what);
  return descriptor;
}

}  // namespace

Signals::Signals() {
  sigemptyset(&taken_);
  sigaddset(&taken_, SIGINT);
  sigaddset(&taken_, SIGTERM);
  for (const int signal : {SIGHUP, SIGXCPU})
    if (!ignored(signal)) sigaddset(&taken_, signal);  // nohup
  signals_ = checked(signalfd(-1, &taken_, SFD_CLOEXEC), "signalfd");
  wake_ = checked(eventfd(0, EFD_CLOEXEC), "eventfd");
  pthread_sigmask(SIG_BLOCK, &taken_, &original_mask);
  static const int registered = pthread_atfork(nullptr, nullptr, restore_original_mask);
  static_cast<void>(registered);
  thread_ = std::thread([this] { loop(); });
}

Signals::~Signals() {
  const std::uint64_t one = 1;
  while (::write(wake_, &one, sizeof one) < 0 && errno == EINTR) continue;
  thread_.join();
  ::close(signals_);
  ::close(wake_);
  restore_original_mask();
}

std::mutex Signals::mutex_;
std::list<Signals::Watched> Signals::runs_;
int Signals::requested_ = 0;
Signals::Clock::time_point Signals::requested_at_;

Signals::Watch::Watch(Run run) {
  const std::lock_guard lock(mutex_);
  if (runs_.empty()) requested_ = 0;
  if (requested_ != 0) run.interrupt.request(requested_);
  at_ = runs_.insert(runs_.end(), {std::move(run), 0, Clock::now()});
}

Signals::Watch::~Watch() {
  const std::lock_guard lock(mutex_);
  runs_.erase(at_);
}

void Signals::loop() {
  for (;;) {
    pollfd sources[] = {{signals_, POLLIN, 0}, {wake_, POLLIN, 0}};
    if (poll(sources, 2, patience()) < 0 && errno != EINTR) return;
    if (sources[1].revents != 0) return;
    signalfd_siginfo info{};
    if (sources[0].revents != 0 && ::read(signals_, &info, sizeof info) == static_cast<ssize_t>(sizeof info))
      take(static_cast<int>(info.ssi_signo));
    look_at_calls();
  }
}

/// Milliseconds until the next look at the calls; -1: not before a signal comes.
int Signals::patience() {
  const std::lock_guard lock(mutex_);
  if (requested_ == 0) return -1;
  int shortest = -1;
  for (const Watched& watched : runs_) {
    const int own = std::clamp(static_cast<int>(watched.run.stop_timeout * 100), 1, 100);
    shortest = shortest < 0 ? own : std::min(shortest, own);
  }
  return shortest;
}

void Signals::take(int signal) {
  const std::lock_guard lock(mutex_);
  if (runs_.empty()) die_of(signal);
  if (requested_ == 0) {
    requested_ = signal;
    requested_at_ = Clock::now();
    for (Watched& watched : runs_) {
      watched.call = watched.run.place.calls();
      watched.seen_at = requested_at_;
      watched.run.interrupt.request(signal);
    }
    return;
  }
  // A terminal that is closed sends SIGHUP more than once, and SIGXCPU comes every second: neither means haste.
  const bool insists = signal == SIGINT || signal == SIGTERM;
  if (insists && Clock::now() - requested_at_ > one_request) die_of(signal);
}

void Signals::look_at_calls() {
  const std::lock_guard lock(mutex_);
  if (requested_ == 0) return;
  for (Watched& watched : runs_) look_at_call(watched, Clock::now());
}

/// After a request, a plugin that keeps the thread for stop_timeout in one and the same call is given up.
void Signals::look_at_call(Watched& watched, Clock::time_point now) {
  const Run& run = watched.run;
  if (run.place.who() == nullptr || run.place.calls() != watched.call) {
    watched.call = run.place.calls();
    watched.seen_at = now;
    return;
  }
  if (now - watched.seen_at < std::chrono::duration<double>(run.stop_timeout)) return;
  watched.seen_at = now;
  const char *who = run.place.who(), *doing = run.place.doing();
  if (who == nullptr || doing == nullptr) return;
  end_with(run, watched.call,
           fmt::format("{} has not returned from {} for {:g} s after {} asked the run to end", who, doing, run.stop_timeout,
                       train::Interrupt::name(requested_)));
}

/// With the lock held: no run ends meanwhile.
void Signals::end_with(const Run& run, std::uint64_t call, const std::string& what) {
  const auto held_up = [&] { return run.place.who() != nullptr && run.place.calls() == call; };
  std::mutex mutex;
  std::condition_variable changed;
  bool said = false;
  std::thread speaker([&] {
    run.give_up(what, held_up);
    const std::lock_guard lock(mutex);
    said = true;
    changed.notify_one();
  });
  {
    std::unique_lock lock(mutex);
    if (!changed.wait_for(lock, last_words, [&] { return said; })) _exit(1);
  }
  speaker.join();
  if (held_up()) _exit(1);
}

void Signals::die_of(int signal) {
  std::signal(signal, SIG_DFL);
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, signal);
  kill(getpid(), signal);
  pthread_sigmask(SIG_UNBLOCK, &one, nullptr);
  for (;;) pause();
}

}  // namespace treino::library
