// The clock that the host measures with: what takes its time from here can be tried with a clock that a test moves. Needs ABI
// 0.2.
#pragma once
#include <treino/host.hpp>

namespace treino {
inline namespace sdk0 {

class Clock {
 public:
  /// Throws where the host has no such service.
  explicit Clock(const Host& host) {
    const treino_host* handle = host.handle();
    const void* table = handle == nullptr ? nullptr : handle->service(handle, TREINO_PROFILE_SERVICE);
    if (table == nullptr) throw std::runtime_error(std::string("this host has no service ") + TREINO_PROFILE_SERVICE);
    now_ = static_cast<const treino_profile*>(table)->now;
  }
  /// Nanoseconds since a moment that is another one in every process. From any thread.
  std::uint64_t now() const { return now_(); }

 private:
  std::uint64_t (*now_)(void);
};

/// For differences of times; 0 where the clock is said to have gone backwards.
inline double seconds_between(std::uint64_t begin, std::uint64_t end) {
  return end > begin ? static_cast<double>(end - begin) * 1e-9 : 0;
}

}  // namespace sdk0
}  // namespace treino
