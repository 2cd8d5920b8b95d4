// Processor, memory, swap and disk, as Linux tells of them.
#pragma once
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "nvml.hpp"

namespace system_resources_monitor {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

/// NaN where the system does not say.
struct Sample {
  double cpu = unknown, process_cpu = unknown, rss = unknown, memory = unknown, swap = unknown, disk = unknown;
  std::vector<Gpu> gpus;
};

/// Looks at the system; not for the thread that trains.
class System {
 public:
  explicit System(std::string folder) : folder_(std::move(folder)) { sample(); }

  Sample sample() {
    Sample sample;
    processors(sample);
    memory(sample);
    struct statvfs disk {};
    if (::statvfs(folder_.c_str(), &disk) == 0 && disk.f_blocks > disk.f_bfree - disk.f_bavail)
      // As df shows it: of what is not reserved for root.
      sample.disk =
          percent(static_cast<double>(disk.f_bavail), static_cast<double>(disk.f_blocks - disk.f_bfree + disk.f_bavail));
    return sample;
  }

 private:
  static double percent(double free, double total) { return total > 0 ? 100 * (1 - free / total) : unknown; }

  /// Over the time since the last look.
  void processors(Sample& sample) {
    std::ifstream file("/proc/stat");
    std::string cpu;
    double total = 0, idle = 0, ticks = 0;
    file >> cpu;
    for (int field = 0; field < 8 && file >> ticks; ++field) {  // user nice system idle iowait irq softirq steal
      total += ticks;
      if (field == 3 || field == 4) idle += ticks;
    }
    const double spent = total - total_, idled = idle - idle_;
    if (total_ > 0 && spent > 0) sample.cpu = std::min(100.0, std::max(0.0, percent(idled, spent)));
    total_ = total;
    idle_ = idle;

    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
      return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
    };
    const double used = seconds(usage.ru_utime) + seconds(usage.ru_stime);
    const Clock::time_point now = Clock::now();
    const double passed = Seconds(now - looked_).count();
    if (looked_ != Clock::time_point() && passed > 0) sample.process_cpu = 100 * (used - used_) / passed;
    used_ = used;
    looked_ = now;
  }

  void memory(Sample& sample) const {
    std::ifstream pages("/proc/self/statm");
    double size = 0, resident = 0;
    if (pages >> size >> resident) sample.rss = resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1024 * 1024);
    std::ifstream file("/proc/meminfo");
    double total = 0, available = 0, swap_total = 0, swap_free = 0, value = 0;
    std::string name, unit;
    while (file >> name >> value && std::getline(file, unit)) {
      if (name == "MemTotal:") total = value;
      if (name == "MemAvailable:") available = value;
      if (name == "SwapTotal:") swap_total = value;
      if (name == "SwapFree:") swap_free = value;
    }
    sample.memory = percent(available, total);
    sample.swap = swap_total > 0 ? percent(swap_free, swap_total) : 0;
  }

  std::string folder_;
  double total_ = 0, idle_ = 0, used_ = 0;
  Clock::time_point looked_{};
};

}  // namespace system_resources_monitor
