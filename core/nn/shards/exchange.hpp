// What a model needs of the other processes that train it together, whoever connects them.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

namespace treino::nn {

/// All processes call the same functions with matching sizes in the same order. Sizes are in bytes. Every function throws where
/// another process is gone.
class Exchange {
 public:
  virtual ~Exchange() = default;
  virtual int rank() const = 0;
  virtual int ranks() const = 0;

  /// Hands `mine` to all; `all` receives every rank's counts[rank] bytes, one after the other. `mine` may be its own place in `all`.
  virtual void all_gather(const void* mine, void* all, std::span<const std::uint64_t> counts) = 0;

  /// Begun, and done when wait() returns or is_done() says so, after which its number is void. Until then, the memory stays as it is and
  /// where it is. Never 0.
  using Request = std::uint64_t;
  virtual Request begin_all_gather(const void* mine, void* all, std::span<const std::uint64_t> counts) = 0;
  /// Hands part r of `parts` to rank r; `received` receives the other ranks' parts, and this one's own place in it stays as it is.
  virtual Request begin_all_to_all(const void* parts, std::span<const std::uint64_t> part_counts, void* received,
                                   std::span<const std::uint64_t> received_counts) = 0;
  virtual void wait(Request request) = 0;
  /// Lets it go on, without waiting.
  virtual bool is_done(Request request) = 0;
};

}  // namespace treino::nn
