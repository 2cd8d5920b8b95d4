// The run, and the processes that share it: a part of treino::Host.
#pragma once
#include <treino/abi.h>

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <treino/detail/host_threads.hpp>
#include <treino/detail/reduce.hpp>
#include <type_traits>
#include <vector>

namespace treino {
inline namespace sdk0 {
namespace detail {

class HostRun : public HostThreads {
 public:
  using HostThreads::HostThreads;

  /// Name, folder, seed and sizes of the run; from run_begin on. Of the processes rank() and ranks() tell, with older hosts too.
  const treino_run_info& run() const {
    TREINO_USES_SERVICE(TREINO_RUN_SERVICE);
    return *service<treino_run>(TREINO_RUN_SERVICE)->info(host_);
  }
  /// Which of the processes that train together this one is, counted from 0, and how many they are.
  std::uint32_t rank() const { return tells_of_ranks(run()) ? run().rank : 0; }
  std::uint32_t ranks() const { return tells_of_ranks(run()) ? run().ranks : 1; }

  // Exchanges with the other processes, for losses, metrics, schedulers, and callbacks whose description says ranks = "all": each
  // process makes the same calls in the same order, in events that all receive. See treino_collective_service.
  /// The sum, least or largest of all processes' values takes the place of each: float, double or 64-bit integers.
  template <class T>
  void all_reduce(T* values, std::uint64_t count, Reduce operation = Reduce::sum) const {
    static_assert(std::is_floating_point_v<T> || sizeof(T) == 8, "all_reduce is for float, double and 64-bit integers");
    static_assert(std::is_arithmetic_v<T> && sizeof(T) <= 8, "all_reduce is for float, double and 64-bit integers");
    const auto size = static_cast<std::int64_t>(count);
    const std::int64_t stride = 1;
    treino_tensor view{};
    view.data = values;
    view.shape = &size;
    view.strides = &stride;
    view.rank = 1;
    view.type_code = std::is_floating_point_v<T> ? TREINO_DTYPE_FLOAT
                     : std::is_signed_v<T>       ? TREINO_DTYPE_INT
                                                 : TREINO_DTYPE_UINT;
    view.type_bits = 8 * sizeof(T);
    view.type_lanes = 1;
    view.device_type = TREINO_DEVICE_CPU;
    all_reduce(view, operation);
  }
  /// The same for a view without gaps.
  void all_reduce(const treino_tensor& values, Reduce operation = Reduce::sum) const {
    detail::ErrorText text;
    text.check(collective()->all_reduce(host_, &values, static_cast<std::uint32_t>(operation), &text.error));
  }
  /// `mine`, counts[rank()] bytes, to all, who find them one after the other in `all`. `counts` has an entry for each process.
  void all_gather(const void* mine, void* all, const std::vector<std::uint64_t>& counts) const {
    if (counts.size() != ranks())
      throw std::invalid_argument("all_gather() was given " + std::to_string(counts.size()) + " counts for " +
                                  std::to_string(ranks()) + " processes");
    detail::ErrorText text;
    text.check(collective()->all_gather(host_, mine, all, counts.data(), &text.error));
  }
  /// `count` bytes of the process `root` to all.
  void broadcast(void* bytes, std::uint64_t count, std::uint32_t root = 0) const {
    detail::ErrorText text;
    text.check(collective()->broadcast(host_, bytes, count, root, &text.error));
  }
  /// Returns when all processes have called it.
  void barrier() const {
    detail::ErrorText text;
    text.check(collective()->barrier(host_, &text.error));
  }

 private:
  /// An older host's info ends before them.
  static bool tells_of_ranks(const treino_run_info& info) {
    return info.size >= offsetof(treino_run_info, ranks) + sizeof(std::uint32_t);
  }
  const treino_collective_service* collective() const {
    TREINO_USES_SERVICE(TREINO_COLLECTIVE_SERVICE);
    return service<treino_collective_service>(TREINO_COLLECTIVE_SERVICE);
  }
};

}  // namespace detail
}  // namespace sdk0
}  // namespace treino
