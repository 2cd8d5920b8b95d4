// Collectives in C++ (a draft kind, see abi/draft/collective.h): exchanges between the processes that train one model together.
#pragma once
#include <treino/abi/draft/collective.h>

#include <string>
#include <treino/detail/component.hpp>
#include <treino/detail/reduce.hpp>
#include <treino/plugin.hpp>

namespace treino {
inline namespace sdk0 {

/// One of the processes, and how many they are.
struct Place {
  std::uint32_t rank = 0, ranks = 1;
};

/// What all_reduce works on: numbers one after the other.
struct ReducedValues {
  enum class Type { float32, float64, int64, uint64 };
  Type type = Type::float32;
  void* data = nullptr;
  std::uint64_t count = 0;

  /// Throws std::invalid_argument where the view is of another type or device, or has gaps.
  explicit ReducedValues(const treino_tensor& view) : type(type_of(view)), count(1) {
    if (view.device_type != TREINO_DEVICE_CPU) throw std::invalid_argument("all_reduce is for values in the processor's memory");
    for (std::uint32_t i = view.rank; i-- > 0;) {
      if (view.shape[i] > 1 && view.strides[i] != static_cast<std::int64_t>(count))
        throw std::invalid_argument("all_reduce is for values without gaps");
      count *= static_cast<std::uint64_t>(view.shape[i]);
    }
    data = static_cast<char*>(view.data) + view.byte_offset;
  }
  std::uint64_t bytes() const { return count * (type == Type::float32 ? 4 : 8); }

 private:
  static Type type_of(const treino_tensor& view) {
    if (view.type_lanes == 1 && view.type_code == TREINO_DTYPE_FLOAT && view.type_bits == 32) return Type::float32;
    if (view.type_lanes == 1 && view.type_code == TREINO_DTYPE_FLOAT && view.type_bits == 64) return Type::float64;
    if (view.type_lanes == 1 && view.type_code == TREINO_DTYPE_INT && view.type_bits == 64) return Type::int64;
    if (view.type_lanes == 1 && view.type_code == TREINO_DTYPE_UINT && view.type_bits == 64) return Type::uint64;
    throw std::invalid_argument("all_reduce is for float32, float64 and 64-bit integers");
  }
};

/// The functions are those of treino_collective, and behave as it says; whatever one throws becomes its error. Each that begins an
/// exchange returns its number, which is not 0, and that of no other.
class Collective : public Plugin {
 public:
  using Request = std::uint64_t;
  virtual Place open() = 0;
  virtual Request broadcast(void* bytes, std::uint64_t count, std::uint32_t root) = 0;
  virtual Request all_gather(const void* mine, void* all, const std::uint64_t* counts) = 0;
  virtual Request all_to_all(const void* parts, const std::uint64_t* part_counts, void* received,
                             const std::uint64_t* received_counts) = 0;
  virtual Request all_reduce(const ReducedValues& values, Reduce operation) = 0;
  virtual Request barrier() = 0;
  /// True where the exchange is done.
  virtual bool test(Request request) = 0;
  virtual void leave(const std::string& why) = 0;
  virtual void find_alive(std::uint8_t* alive) = 0;
};

namespace detail {

template <class T>
struct Kind<T, std::enable_if_t<std::is_base_of_v<Collective, T>>> {
  using Base = Collective;
  static constexpr const char* kind = "collective";
  static Collective& get(void* self) { return Lifecycle<T, Collective>::get(self); }

  static treino_status open(void* self, std::uint32_t* rank, std::uint32_t* ranks, treino_error* error) {
    return guarded(error, [&] {
      const Place place = get(self).open();
      *rank = place.rank;
      *ranks = place.ranks;
    });
  }
  static treino_status broadcast(void* self, void* bytes, std::uint64_t count, std::uint32_t root, std::uint64_t* request,
                                 treino_error* error) {
    return guarded(error, [&] { *request = get(self).broadcast(bytes, count, root); });
  }
  static treino_status all_gather(void* self, const void* mine, void* all, const std::uint64_t* counts, std::uint64_t* request,
                                  treino_error* error) {
    return guarded(error, [&] { *request = get(self).all_gather(mine, all, counts); });
  }
  static treino_status all_to_all(void* self, const void* parts, const std::uint64_t* part_counts, void* received,
                                  const std::uint64_t* received_counts, std::uint64_t* request, treino_error* error) {
    return guarded(error, [&] { *request = get(self).all_to_all(parts, part_counts, received, received_counts); });
  }
  static treino_status all_reduce(void* self, const treino_tensor* values, std::uint32_t operation, std::uint64_t* request,
                                  treino_error* error) {
    return guarded(error, [&] {
      if (operation < TREINO_REDUCE_SUM || operation > TREINO_REDUCE_MAX)
        throw std::invalid_argument("all_reduce knows no operation " + std::to_string(operation));
      *request = get(self).all_reduce(ReducedValues(*values), static_cast<Reduce>(operation));
    });
  }
  static treino_status barrier(void* self, std::uint64_t* request, treino_error* error) {
    return guarded(error, [&] { *request = get(self).barrier(); });
  }
  static treino_status test(void* self, std::uint64_t request, std::uint32_t* done, treino_error* error) {
    return guarded(error, [&] { *done = get(self).test(request) ? 1 : 0; });
  }
  static treino_status leave(void* self, const char* why, treino_error* error) {
    return guarded(error, [&] { get(self).leave(why); });
  }
  static treino_status find_alive(void* self, std::uint8_t* alive, treino_error* error) {
    return guarded(error, [&] { get(self).find_alive(alive); });
  }
  static constexpr treino_collective table() {
    return {sizeof(treino_collective), 0, open, broadcast, all_gather, all_to_all, all_reduce, barrier, test, leave, find_alive};
  }
};

}  // namespace detail
}  // namespace sdk0
}  // namespace treino
