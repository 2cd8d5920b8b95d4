// Linux tells in /proc; what cannot be read there is no limit.
#include "base/memory.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>

namespace treino::base {
namespace {

constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();

std::uint64_t number_in(const std::string& path) {
  std::uint64_t number = 0;
  return std::ifstream(path) >> number ? number : unlimited;
}

std::uint64_t of_system() {
  std::ifstream info("/proc/meminfo");
  for (std::string name; info >> name; info.ignore(std::numeric_limits<std::streamsize>::max(), '\n')) {
    std::uint64_t kilobytes = 0;
    if (name == "MemAvailable:" && info >> kilobytes) return kilobytes * 1024;
  }
  return unlimited;
}

std::uint64_t of_address_space() {
  rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return unlimited;
  const std::uint64_t pages = number_in("/proc/self/statm");
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  return pages == unlimited ? limit.rlim_cur : limit.rlim_cur - std::min<std::uint64_t>(limit.rlim_cur, pages * page);
}

}  // namespace

std::uint64_t available_memory() { return std::min(of_system(), of_address_space()); }

}  // namespace treino::base
