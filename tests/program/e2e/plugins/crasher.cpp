// A callback that ends the process in one of the ways in which code can, in one event.
#include <signal.h>

#include <cstdlib>
#include <thread>
#include <treino/callback.hpp>

namespace {

using treino::Event;

class Crasher final : public treino::Callback {
 public:
  explicit Crasher(const treino::Setup& setup)
      : Callback(setup), event_(setup.get<std::string>("event")), how_(setup.get<std::string>("how")) {
    crash_in("create");
  }
  void on_run_begin(const Event&) override { crash_in("run_begin"); }
  void on_batch_end(const Event&) override { crash_in("batch_end"); }
  void on_run_end(const Event&) override { crash_in("run_end"); }

 private:
  void crash_in(const char* event) const {
    if (event_ != event) return;
    if (how_ == "null") *static_cast<volatile int*>(nullptr) = 1;
    if (how_ == "overflow") overflow(0);
    if (how_ == "abort") std::abort();
    if (how_ == "terminate") std::thread([] { throw 1; }).join();
    if (how_ == "null_in_thread") std::thread([] { *static_cast<volatile int*>(nullptr) = 1; }).join();
    if (how_ == "abort_in_thread") std::thread([] { std::abort(); }).join();
    if (how_ == "exit") std::exit(0);
    if (how_ == "exit_in_thread") std::thread([] { std::exit(0); }).join();
    if (how_ == "SIGBUS") raise(SIGBUS);
    if (how_ == "SIGFPE") raise(SIGFPE);
    if (how_ == "SIGILL") raise(SIGILL);
  }
  // Not a tail call, so that the stack grows.
  static int overflow(int depth) {
    volatile char room[4096];
    room[0] = static_cast<char>(depth);
    return depth < 0 ? 0 : overflow(depth + 1) + room[0];
  }
  std::string event_, how_;
};

}  // namespace

TREINO_PLUGIN(Crasher, R"toml(
kind = "callback"
id = "crasher"
version = "1.0.0"
summary = "crashes"
phase = "report"
events = ["run_begin", "batch_end", "run_end"]
[parameters.event]
type = "string"
default = "batch_end"
[parameters.how]
type = "string"
required = true
)toml")
