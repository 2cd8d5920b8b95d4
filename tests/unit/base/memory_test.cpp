// What is available is what the system has, and no more than the process may take.
#include "base/memory.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <fstream>

#include "support/catch.hpp"

TEST_CASE("available memory is within the limit of the process's address space") {
  const std::uint64_t of_system = treino::base::available_memory();
  CHECK(of_system > 0);
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_AS, &before) == 0);
  std::uint64_t pages = 0;
  REQUIRE(std::ifstream("/proc/self/statm") >> pages);
  constexpr std::uint64_t room = std::uint64_t{64} << 20;
  rlimit limit = before;
  limit.rlim_cur = pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)) + room;
  REQUIRE(setrlimit(RLIMIT_AS, &limit) == 0);
  const std::uint64_t limited = treino::base::available_memory();
  setrlimit(RLIMIT_AS, &before);
  CHECK(limited <= room + (std::uint64_t{1} << 20));  // what was mapped between counts as well
  CHECK(limited > 0);
}
