// Which threads there are, and where they may run: as the kernel tells in /proc.
#include <sched.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <thread>
#include <vector>

#include "nn/kernels/parallel_for.hpp"
#include "support/catch.hpp"

using namespace treino::nn;

namespace {

using Processors = std::vector<int>;

Processors processors_of(pid_t thread) {  // 0: the calling one
  cpu_set_t set;
  CPU_ZERO(&set);
  Processors result;
  if (sched_getaffinity(thread, sizeof set, &set) != 0) return result;
  for (int i = 0; i < CPU_SETSIZE; ++i) {
    if (CPU_ISSET(static_cast<unsigned>(i), &set)) result.push_back(i);
  }
  return result;
}

std::map<pid_t, Processors> threads_now() {
  std::map<pid_t, Processors> result;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task")) {
    const pid_t thread = std::stoi(entry.path().filename().string());
    result[thread] = processors_of(thread);
  }
  return result;
}

/// The threads there are now that were not there before.
std::map<pid_t, Processors> threads_since(const std::map<pid_t, Processors>& before) {
  std::map<pid_t, Processors> result = threads_now();
  for (const auto& [thread, processors] : before) result.erase(thread);
  return result;
}

void share_out(int threads, std::int64_t parts) {
  parallel_for(parts * worth_a_thread, 1, threads, [](std::int64_t, std::int64_t) {});
}

/// In a thread of its own, which has a pool of its own.
template <class Work>
void apart(Work work) {
  std::thread(work).join();
}

}  // namespace

TEST_CASE("the pool keeps off the processor of the thread that it works for, which itself goes where it went before") {
  const Processors allowed = processors_of(0);
  if (allowed.size() < 2) return;
  apart([&] {
    const ThreadPlacement placement;
    const auto before = threads_now();
    const ThreadScope scope(2);
    const auto pool = threads_since(before);
    REQUIRE(pool.size() == 1);
    const Processors& its = pool.begin()->second;
    CHECK(its.size() == allowed.size() - 1);
    CHECK(std::includes(allowed.begin(), allowed.end(), its.begin(), its.end()));
    CHECK(processors_of(0) == allowed);
    Processors of_a_later_one;
    std::thread([&] { of_a_later_one = processors_of(0); }).join();
    CHECK(of_a_later_one == allowed);
  });
}

TEST_CASE("without a placement the pool runs where its thread may, and after the last one it does so again") {
  const Processors allowed = processors_of(0);
  if (allowed.size() < 2) return;
  apart([&] {
    const auto before = threads_now();
    const ThreadScope scope(2);
    share_out(2, 2);
    REQUIRE(threads_since(before).size() == 1);
    CHECK(threads_since(before).begin()->second == allowed);
    {
      const ThreadPlacement placement;
      {
        const ThreadPlacement further;
        const ThreadScope placed(2);
        CHECK(threads_since(before).begin()->second.size() == allowed.size() - 1);
      }
      CHECK(threads_since(before).begin()->second.size() == allowed.size() - 1);
    }
    CHECK(threads_since(before).begin()->second == allowed);
  });
}

TEST_CASE("where there are fewer processors than threads, the pool may run on all of them") {
  apart([] {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<unsigned>(processors_of(0).front()), &one);
    REQUIRE(sched_setaffinity(0, sizeof one, &one) == 0);
    const ThreadPlacement placement;
    const auto before = threads_now();
    const ThreadScope scope(2);
    share_out(2, 2);
    const auto pool = threads_since(before);
    REQUIRE(pool.size() == 1);
    CHECK(pool.begin()->second == processors_of(0));
  });
}

TEST_CASE("threads of the pool that start within a flush scope take denormal numbers for zero too") {
  apart([] {
    const FlushScope flush_scope;
    const ThreadScope scope(3);
    float products[3] = {1, 1, 1};
    const auto multiply_tiny = [](void* data, int part, int) {
      volatile float tiny = 1e-30f;
      static_cast<float*>(data)[part] = tiny * 1e-10f;
    };
    run_on_pool(3, 3, multiply_tiny, products);
#ifdef __x86_64__
    for (const float product : products) CHECK(product == 0);
#endif
  });
}

TEST_CASE("one thread needs no pool") {
  apart([] {
    const auto before = threads_now();
    const ThreadScope scope(1);
    share_out(1, 8);
    CHECK(threads_since(before).empty());
  });
}

TEST_CASE("loops in fewer parts than there are threads end none of them, and start none again") {
  apart([] {
    const auto before = threads_now();
    share_out(4, 4);
    const auto pool = threads_since(before);
    REQUIRE(pool.size() == 3);
    for (const std::int64_t parts : {2, 4, 3, 1, 2, 8}) {
      share_out(4, parts);
      CHECK(threads_since(before) == pool);
    }
  });
}
