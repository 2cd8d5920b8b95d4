// Threads take one index after the other, each with the mark and the floating-point mode of the call that shares its work.
#include "host/session/services/services_threads.hpp"

#include <algorithm>
#include <atomic>

#include "host/session/services/services.hpp"
#include "host/session/thread_pool.hpp"

namespace treino::host::services {

namespace {

using Function = treino_status (*)(void* user, std::int64_t index, treino_error* error);

/// Of one call of parallel_for.
class SharedLoop {
 public:
  SharedLoop(const Instance& instance, std::int64_t count, Function function, void* user)
      : who_(instance.name().c_str()), doing_(call_place().doing()), count_(count), function_(function), user_(user) {}

  /// On each thread.
  void run() {
    const FloatingPointGuard own;
    const CallMark mark(who_, doing_);
    set_floating_point_mode(mode_);
    for (std::int64_t index; !failed_.load(std::memory_order_relaxed) && (index = next_.fetch_add(1)) < count_;) call(index);
  }
  void check() const {
    if (failed_) throw std::runtime_error(*text_ == '\0' ? "a function of parallel_for() failed without saying why" : text_);
  }

 private:
  void call(std::int64_t index) {
    char text[sizeof text_];
    text[0] = '\0';
    treino_error error{sizeof(treino_error), sizeof text, text};
    try {
      if (function_(user_, index, &error) == TREINO_OK) return;
    } catch (const std::exception& exception) {
      put_text(text, exception.what());
    } catch (...) {
      put_text(text, "a function of parallel_for() threw something that is not a std::exception");
    }
    text[sizeof text - 1] = '\0';
    if (!failed_.exchange(true)) put_text(text_, text);
  }

  const char *const who_, *const doing_;
  const FloatingPointMode mode_ = floating_point_mode();
  const std::int64_t count_;
  const Function function_;
  void* const user_;
  std::atomic<std::int64_t> next_{0};
  std::atomic<bool> failed_{false};
  char text_[1024] = "";
};

std::uint32_t thread_count(const treino_host* host) {
  const ThreadPool* pool = session_of(host).thread_pool();
  return pool == nullptr ? 1 : static_cast<std::uint32_t>(pool->threads());
}

treino_status parallel_for(const treino_host* host, std::int64_t count, Function function, void* user, treino_error* error) {
  return guarded(error, [&] {
    if (call_place().who() == nullptr)
      throw std::logic_error(
          "parallel_for() is for the threads on which the host calls the plugin, not for one of the plugin's own");
    if (count < 0 || function == nullptr)
      throw std::invalid_argument("parallel_for() takes a count of at least 0 and a function");
    SharedLoop loop(Instance::of(host), count, function, user);
    ThreadPool* pool = session_of(host).thread_pool();
    if (pool == nullptr)
      loop.run();
    else
      pool->run(
          static_cast<int>(std::min<std::int64_t>(count, pool->threads())),
          [](void* data) { static_cast<SharedLoop*>(data)->run(); }, &loop);
    loop.check();
    return TREINO_OK;
  });
}

}  // namespace

const treino_threads threads_service{sizeof(treino_threads), 0, thread_count, parallel_for};

}  // namespace treino::host::services
