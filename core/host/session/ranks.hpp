// The processes that train one model together, as ranks from 0: exchanges with the others that end, if need be with a sentence.
#pragma once
#include <treino/abi/draft/collective.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <span>
#include <stdexcept>
#include <string>

namespace treino::host {

class Instance;

/// The others are gone, or do not take part.
class RanksError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// All ranks call the same functions in the same order, with matching sizes (in bytes). Every function that exchanges something
/// throws RanksError where a rank has left, or does not take part within the time limit, and CallError where the plugin fails.
/// For one thread at a time.
class Ranks {
 public:
  /// This process alone.
  Ranks() = default;
  /// Joins the others. `timeout`: seconds that the others may take for an exchange. Throws CallError.
  void open(Instance& collective, double timeout);

  std::uint32_t rank() const { return rank_; }
  std::uint32_t count() const { return count_; }
  bool is_alone() const { return count_ == 1; }
  bool is_first() const { return rank_ == 0; }

  void broadcast(void* bytes, std::uint64_t size, std::uint32_t root = 0);
  /// Rank 0's text becomes everybody's.
  void broadcast(std::string& text);
  void all_gather(const void* mine, void* all, std::span<const std::uint64_t> sizes);
  void all_reduce(const treino_tensor& values, std::uint32_t operation);
  void barrier();

  using Request = std::uint64_t;
  Request begin_all_gather(const void* mine, void* all, std::span<const std::uint64_t> sizes);
  Request begin_all_to_all(const void* parts, std::span<const std::uint64_t> part_sizes, void* received,
                           std::span<const std::uint64_t> received_sizes);
  void wait(Request request);
  /// Lets what was begun go on.
  bool is_done(Request request);

  /// Tells the others that this rank leaves and why, so that they need not wait for it.
  void leave(const std::string& why) noexcept;
  bool has_left() const { return left_; }

 private:
  using Clock = std::chrono::steady_clock;
  template <class Begin>
  Request begin(const char* doing, Begin&& begin);
  void give_up(Request request);

  Instance* collective_ = nullptr;
  std::uint32_t rank_ = 0, count_ = 1;
  double timeout_ = 0;
  bool left_ = false;
};

}  // namespace treino::host
