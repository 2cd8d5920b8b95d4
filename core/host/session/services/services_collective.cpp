// The service that exchanges with the other processes of a run. What only one of them would call is refused, since it would wait
// for the others in vain; what is asked for is checked here, so that a run of one process finds the same faults.
#include "host/session/services/services_collective.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "host/session/services/services.hpp"

namespace treino::host {

namespace {

using namespace services;

/// What not every rank is told, or not at the same point.
constexpr std::array<std::string_view, 5> not_everywhere{"checkpoint_saved", "exception", "save", "collect_garbage", "destroy"};

/// The other processes; null where there are none.
Ranks* other_ranks(const treino_host* host, const char* what) {
  require_all_ranks(host, what, "exchanges with other processes: in a run of several");
  Ranks* ranks = session_of(host).ranks();
  if (ranks == nullptr || ranks->is_alone()) return nullptr;
  const char* doing = call_place().doing();
  if (doing == nullptr) throw std::logic_error(std::string(what) + " is for the thread that the host calls the plugin on");
  if (std::find(not_everywhere.begin(), not_everywhere.end(), doing) != not_everywhere.end())
    throw std::logic_error(std::string(what) + " exchanges with other processes, which may not be in " + doing + " too");
  if (ranks->has_left()) throw RanksError(std::string(what) + ": this process has left the run, which failed");
  return ranks;
}

void check_operation(std::uint32_t operation) {
  if (operation < TREINO_REDUCE_SUM || operation > TREINO_REDUCE_MAX)
    throw std::invalid_argument("all_reduce() knows no operation " + std::to_string(operation));
}

void check_values(const treino_tensor* values) {
  if (values == nullptr || values->data == nullptr ||
      (values->rank > 0 && (values->shape == nullptr || values->strides == nullptr)))
    throw std::invalid_argument("all_reduce() takes a tensor with its data, shape and strides");
  if (values->device_type != TREINO_DEVICE_CPU)
    throw std::invalid_argument("all_reduce() takes a tensor in the CPU's memory, not one of device " +
                                std::to_string(values->device_type));
  const bool is_float = values->type_code == TREINO_DTYPE_FLOAT && (values->type_bits == 32 || values->type_bits == 64);
  const bool is_integer =
      (values->type_code == TREINO_DTYPE_INT || values->type_code == TREINO_DTYPE_UINT) && values->type_bits == 64;
  if (values->type_lanes != 1 || !(is_float || is_integer))
    throw std::invalid_argument("all_reduce() takes float32, float64 and 64-bit integers");
  std::int64_t size = 1;
  for (std::uint32_t i = values->rank; i-- > 0; size *= values->shape[i])
    if (values->shape[i] > 1 && values->strides[i] != size) throw std::invalid_argument("all_reduce() takes values without gaps");
}

treino_status collective_all_reduce(const treino_host* host, const treino_tensor* values, std::uint32_t operation,
                                    treino_error* error) {
  return guarded(error, [&] {
    Ranks* ranks = other_ranks(host, "all_reduce()");
    check_operation(operation);
    check_values(values);
    if (ranks != nullptr) ranks->all_reduce(*values, operation);
    return TREINO_OK;
  });
}

treino_status collective_all_gather(const treino_host* host, const void* mine, void* all, const std::uint64_t* counts,
                                    treino_error* error) {
  return guarded(error, [&] {
    Ranks* ranks = other_ranks(host, "all_gather()");
    if (counts == nullptr) throw std::invalid_argument("all_gather() takes a count for each rank");
    if (ranks != nullptr)
      ranks->all_gather(mine, all, {counts, ranks->count()});
    else if (counts[0] > 0 && mine != all)
      std::memcpy(all, mine, counts[0]);
    return TREINO_OK;
  });
}

treino_status collective_broadcast(const treino_host* host, void* bytes, std::uint64_t count, std::uint32_t root,
                                   treino_error* error) {
  return guarded(error, [&] {
    Ranks* ranks = other_ranks(host, "broadcast()");
    const std::uint32_t there = ranks == nullptr ? 1 : ranks->count();
    if (root >= there)
      throw std::invalid_argument("broadcast(): there is no rank " + std::to_string(root) + " among " + std::to_string(there));
    if (ranks != nullptr) ranks->broadcast(bytes, count, root);
    return TREINO_OK;
  });
}

treino_status collective_barrier(const treino_host* host, treino_error* error) {
  return guarded(error, [&] {
    if (Ranks* ranks = other_ranks(host, "barrier()")) ranks->barrier();
    return TREINO_OK;
  });
}

}  // namespace

namespace services {

const treino_collective_service collective_service{
    sizeof(treino_collective_service), 0, collective_all_reduce, collective_all_gather, collective_broadcast, collective_barrier};

}  // namespace services

}  // namespace treino::host
