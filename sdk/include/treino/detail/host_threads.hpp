// The run's pool of threads: a part of treino::Host.
#pragma once
#include <treino/abi.h>

#include <cstdint>
#include <treino/detail/host_services.hpp>
#include <type_traits>

namespace treino {
inline namespace sdk0 {
namespace detail {

class HostThreads : public HostServices {
 public:
  using HostServices::HostServices;

  /// Number of threads that the run computes with.
  std::uint32_t threads() const { return pool()->count(host_); }
  /// Calls function(index) for each index from 0 to count - 1 on the run's threads, several at once, and returns when all are done.
  /// Throws the text of an exception that one of them throws. See treino_threads for when it may be called.
  template <class Function>
  void parallel_for(std::int64_t count, Function&& function) const {
    using Called = std::remove_reference_t<Function>;
    const auto call = [](void* user, std::int64_t index, treino_error* error) -> treino_status {
      return guarded(error, [&] { (*static_cast<Called*>(user))(index); });
    };
    const void* user = &function;
    ErrorText text;
    text.check(pool()->parallel_for(host_, count, call, const_cast<void*>(user), &text.error));
  }

 private:
  const treino_threads* pool() const {
    TREINO_USES_SERVICE(TREINO_THREADS_SERVICE);
    return service<treino_threads>(TREINO_THREADS_SERVICE);  // not cached: several threads may call this
  }
};

}  // namespace detail
}  // namespace sdk0
}  // namespace treino
