// Where a thread is in plugins' code, for whoever has to say it when that code does not come back: it crashes, ends the process,
// or hangs. Written before each call of a plugin, so it costs two stores; read by signal handlers and by other threads.
#pragma once
#include <atomic>
#include <cstdint>

namespace treino::host {

class CallPlace {
 public:
  /// An instance's name, or the path of a library that is being loaded; null in the host's own code.
  const char* who() const { return who_.load(std::memory_order_relaxed); }
  /// "epoch_end", "save"; null where who() is.
  const char* doing() const { return doing_.load(std::memory_order_relaxed); }
  /// How many calls there have been: two looks that find the same number look at the same call.
  std::uint64_t calls() const { return calls_.load(std::memory_order_relaxed); }

  void enter(const char* who) {
    who_.store(who, std::memory_order_relaxed);
    calls_.store(calls() + 1, std::memory_order_relaxed);
  }
  void set(const char* who, const char* doing) {
    doing_.store(doing, std::memory_order_relaxed);
    who_.store(who, std::memory_order_relaxed);
  }

 private:
  std::atomic<const char*> who_{nullptr}, doing_{nullptr};
  std::atomic<std::uint64_t> calls_{0};
};

/// The calling thread's.
inline CallPlace& call_place() {
  static constinit thread_local CallPlace place;
  return place;
}

/// A call, or several in a row that do the same; calls nest. `doing` and the names outlive it.
class CallMark {
 public:
  explicit CallMark(const char* doing) : place_(call_place()), who_(place_.who()), doing_(place_.doing()) {
    place_.set(who_, doing);
  }
  CallMark(const char* who, const char* doing) : CallMark(doing) { place_.enter(who); }
  CallMark(const CallMark&) = delete;
  CallMark& operator=(const CallMark&) = delete;
  ~CallMark() { place_.set(who_, doing_); }
  void enter(const char* who) { place_.enter(who); }

 private:
  CallPlace& place_;
  const char *who_, *doing_;
};

}  // namespace treino::host
