// Waiting is the host's business: it looks again and again, gives the processor away in between, and asks who is left.
#include "host/session/ranks.hpp"

#include <fmt/format.h>
#include <sched.h>

#include <thread>
#include <vector>

#include "host/session/instance.hpp"

namespace treino::host {

namespace {

/// Looks that are made before the processor is given to others: an exchange within a machine takes a few microseconds.
constexpr int looks_before_yielding = 2000;
/// For ranks to say that they are there. Those that wait too look as often as this one.
constexpr std::chrono::seconds roll_call(2);

const treino_collective& functions(const Instance& collective) { return collective.component().collective; }

}  // namespace

void Ranks::open(Instance& collective, double timeout) {
  collective_ = &collective;
  timeout_ = timeout;
  collective.call("open", [&](void* self, treino_error* error) {
    const treino_status status = functions(collective).open(self, &rank_, &count_, error);
    if (status == TREINO_OK && (count_ == 0 || rank_ >= count_))
      throw std::runtime_error("says that this is rank " + std::to_string(rank_) + " of " + std::to_string(count_));
    return status;
  });
}

template <class Begin>
Ranks::Request Ranks::begin(const char* doing, Begin&& begin) {
  Request request = 0;
  collective_->call(doing,
                    [&](void* self, treino_error* error) { return begin(functions(*collective_), self, &request, error); });
  return request;
}

void Ranks::broadcast(void* bytes, std::uint64_t size, std::uint32_t root) {
  if (is_alone()) return;
  wait(begin("broadcast", [&](const treino_collective& table, void* self, Request* request, treino_error* error) {
    return table.broadcast(self, bytes, size, root, request, error);
  }));
}

void Ranks::broadcast(std::string& text) {
  std::uint64_t size = text.size();
  broadcast(&size, sizeof size);
  text.resize(size);
  broadcast(text.data(), size);
}

void Ranks::all_gather(const void* mine, void* all, std::span<const std::uint64_t> sizes) {
  wait(begin_all_gather(mine, all, sizes));
}

Ranks::Request Ranks::begin_all_gather(const void* mine, void* all, std::span<const std::uint64_t> sizes) {
  return begin("all_gather", [&](const treino_collective& table, void* self, Request* request, treino_error* error) {
    return table.all_gather(self, mine, all, sizes.data(), request, error);
  });
}

Ranks::Request Ranks::begin_all_to_all(const void* parts, std::span<const std::uint64_t> part_sizes, void* received,
                                       std::span<const std::uint64_t> received_sizes) {
  return begin("all_to_all", [&](const treino_collective& table, void* self, Request* request, treino_error* error) {
    return table.all_to_all(self, parts, part_sizes.data(), received, received_sizes.data(), request, error);
  });
}

void Ranks::all_reduce(const treino_tensor& values, std::uint32_t operation) {
  if (is_alone()) return;
  wait(begin("all_reduce", [&](const treino_collective& table, void* self, Request* request, treino_error* error) {
    return table.all_reduce(self, &values, operation, request, error);
  }));
}

void Ranks::barrier() {
  if (is_alone()) return;
  wait(begin("barrier", [](const treino_collective& table, void* self, Request* request, treino_error* error) {
    return table.barrier(self, request, error);
  }));
}

bool Ranks::is_done(Request request) {
  std::uint32_t done = 0;
  std::string failure;  // told without the plugin's name and the function's, which are no part of what another rank says
  collective_->call("test", [&](void* self, treino_error* error) -> treino_status {
    if (functions(*collective_).test(self, request, &done, error) != TREINO_OK)
      failure = error->text[0] != '\0' ? error->text : "an exchange failed, and the collective does not say why";
    return TREINO_OK;
  });
  if (!failure.empty()) throw RanksError(failure);
  return done != 0;
}

void Ranks::wait(Request request) {
  for (int looks = 0; looks < looks_before_yielding; ++looks)
    if (is_done(request)) return;
  const auto begun = Clock::now();
  while (!is_done(request)) {
    sched_yield();
    if (std::chrono::duration<double>(Clock::now() - begun).count() > timeout_) return give_up(request);
  }
}

/// Names those who do not say that they are there. Whoever comes after all is waited for.
void Ranks::give_up(Request request) {
  std::vector<std::uint8_t> alive(count_);
  const auto begun = Clock::now();
  while (Clock::now() - begun < roll_call) {
    collective_->call("find_alive", [&](void* self, treino_error* error) {
      return functions(*collective_).find_alive(self, alive.data(), error);
    });
    if (is_done(request)) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  std::string missing;
  for (std::uint32_t rank = 0; rank < count_; ++rank)
    if (alive[rank] == 0) missing += (missing.empty() ? "" : ", ") + std::to_string(rank);
  const std::string what = missing.empty() ? "the ranks wait for different exchanges" : "no sign of life from rank " + missing;
  throw RanksError(fmt::format("rank {} has waited {:g} s for the others (timeout of [collective]): {}", rank_, timeout_, what));
}

void Ranks::leave(const std::string& why) noexcept try {
  if (collective_ == nullptr || is_alone()) return;
  left_ = true;
  collective_->call("leave",
                    [&](void* self, treino_error* error) { return functions(*collective_).leave(self, why.c_str(), error); });
} catch (const std::exception&) {  // nobody is left who could be told
}

}  // namespace treino::host
