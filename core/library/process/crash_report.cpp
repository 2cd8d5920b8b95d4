// A handler may do little: fixed buffers and write().
#include "library/process/crash_report.hpp"

#include <signal.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <initializer_list>

#include "host/library/call_place.hpp"
#include "host/library/code_places.hpp"

namespace treino::library {
namespace {

std::atomic<int> runs_under_way{0};
// A stack that has overflowed has no room for a handler. The thread that calls plugins has this other one; a thread that a plugin
// starts would have to ask for one itself (sigaltstack is a thread's own), so that its overflow ends the process without a
// sentence.
alignas(16) unsigned char other_stack[65536];

const char* words_for(int signal) {
  switch (signal) {
    case SIGSEGV:
      return "segmentation fault (SIGSEGV)";
    case SIGBUS:
      return "bus error (SIGBUS)";
    case SIGFPE:
      return "arithmetic fault (SIGFPE)";
    case SIGILL:
      return "illegal instruction (SIGILL)";
    default:
      return "abort (SIGABRT)";
  }
}

/// A line for standard error, made without anything that a signal handler must not call.
class Sentence {
 public:
  Sentence& operator<<(const char* text) {
    for (; *text != '\0' && size_ + 1 < sizeof text_; ++text)
      text_[size_++] = static_cast<unsigned char>(*text) < 0x20 || *text == 0x7f ? '?' : *text;
    return *this;
  }
  Sentence& operator<<(int number) {
    char digits[12];
    char* at = digits + sizeof digits;
    *--at = '\0';
    unsigned rest = number < 0 ? 0u - static_cast<unsigned>(number) : static_cast<unsigned>(number);
    do *--at = static_cast<char>('0' + rest % 10);
    while ((rest /= 10) > 0);
    if (number < 0) *--at = '-';
    return *this << at;
  }
  void say() {
    text_[size_++] = '\n';
    for (std::size_t done = 0; done < size_;) {
      const ssize_t written = ::write(STDERR_FILENO, text_ + done, size_ - done);
      if (written <= 0) return;
      done += static_cast<std::size_t>(written);
    }
  }

 private:
  char text_[1024];
  std::size_t size_ = 0;
};

/// Where the thread was that got the signal.
struct Interrupted {
  std::uintptr_t code = 0, stack = 0;
  explicit Interrupted([[maybe_unused]] const void* context) {
#if defined(__x86_64__)
    const auto& registers = static_cast<const ucontext_t*>(context)->uc_mcontext.gregs;
    code = static_cast<std::uintptr_t>(registers[REG_RIP]);
    stack = static_cast<std::uintptr_t>(registers[REG_RSP]);
#elif defined(__aarch64__)
    const auto& machine = static_cast<const ucontext_t*>(context)->uc_mcontext;
    code = machine.pc;
    stack = machine.sp;
#endif
  }
};

/// The plugin in whose code a thread is that is in no call of the host's. On the thread that calls plugins, what old calls have
/// left on the stack could be taken for calls.
const char* owner_of_thread(std::uintptr_t code, std::uintptr_t stack) {
  if (const char* owner = host::owner_of_code(code)) return owner;
  const bool main_thread = syscall(SYS_gettid) == getpid();
  return main_thread || stack == 0 ? nullptr : host::owner_of_calls(stack);
}

void on_crash(int signal, siginfo_t* info, void* context) {
  const host::CallPlace& place = host::call_place();
  Sentence sentence;
  sentence << "error: ";
  if (place.who() != nullptr && place.doing() != nullptr)
    sentence << place.who() << ": " << words_for(signal) << " in " << place.doing();
  else if (const Interrupted at(context); const char* owner = owner_of_thread(at.code, at.stack))
    sentence << owner << ": " << words_for(signal) << " outside of its calls, in a thread of its own";
  else
    sentence << words_for(signal)
             << " outside of the calls of plugins: in the program itself, or in a thread that a plugin started";
  sentence.say();
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  sigaction(signal, &standard, nullptr);
  // A fault comes again when the handler returns, in the place where it was; what was sent does not.
  if (info->si_code <= 0) raise(signal);
}

void on_exit_called(int status, void*) {
  const host::CallPlace& place = host::call_place();
  const bool in_call = place.who() != nullptr && place.doing() != nullptr;
  if (!in_call && runs_under_way == 0) return;
  Sentence sentence;
  sentence << "error: ";
  if (in_call)
    sentence << place.who() << ": called exit(" << status << ") in " << place.doing() << "; the run has failed";
  else if (const char* owner = owner_of_thread(0, reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0))))
    sentence << owner << ": called exit(" << status << ") in a thread of its own; the run has failed";
  else
    sentence << "exit(" << status
             << ") was called while a run was under way, outside of the calls of plugins; the run has failed";
  sentence.say();
  _exit(1);
}

}  // namespace

void install_crash_report() {
  static const int registered = on_exit(on_exit_called, nullptr);
  static_cast<void>(registered);
  stack_t stack{};
  stack.ss_sp = other_stack;
  stack.ss_size = sizeof other_stack;
  sigaltstack(&stack, nullptr);
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) {
    struct sigaction before {};
    // A sanitizer has more to say.
    if (sigaction(signal, nullptr, &before) != 0 || (before.sa_flags & SA_SIGINFO) != 0 || before.sa_handler != SIG_DFL) continue;
    struct sigaction action {};
    action.sa_sigaction = on_crash;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigaction(signal, &action, nullptr);
  }
}

RunUnderWay::RunUnderWay() { ++runs_under_way; }
RunUnderWay::~RunUnderWay() { --runs_under_way; }

}  // namespace treino::library
