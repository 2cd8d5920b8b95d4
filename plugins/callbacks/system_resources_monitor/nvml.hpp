// NVIDIA's management library, which is loaded where it is there.
#pragma once
#include <dlfcn.h>

#include <cstddef>
#include <limits>
#include <string>
#include <vector>

namespace system_resources_monitor {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

/// NaN where the system does not say.
struct Gpu {
  double used = unknown, memory_used = unknown, celsius = unknown;  // percent, percent, degrees
};

/// The few functions of NVIDIA's management library that are used here, by its public ABI (nvml.h).
class Nvml {
 public:
  Nvml() : library_(::dlopen("libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL)) {
    if (library_ == nullptr) return;
    int (*initialize)() = nullptr;
    int (*device_count)(unsigned*) = nullptr;
    int (*device_at)(unsigned, void**) = nullptr;
    find("nvmlDeviceGetTemperature", temperature_);  // no harm without it
    if (!find("nvmlInit_v2", initialize) || !find("nvmlDeviceGetCount_v2", device_count) ||
        !find("nvmlDeviceGetHandleByIndex_v2", device_at) || !find("nvmlDeviceGetUtilizationRates", utilization_) ||
        !find("nvmlDeviceGetMemoryInfo", memory_)) {
      problem_ = "libnvidia-ml.so.1 lacks functions";
    } else if (const int error = initialize(); error != 0) {
      problem_ = "NVML does not start (error " + std::to_string(error) + ")";
    } else {
      unsigned devices = 0;
      if (device_count(&devices) != 0) devices = 0;
      for (unsigned i = 0; i < devices; ++i)
        if (void* device = nullptr; device_at(i, &device) == 0) devices_.push_back(device);
    }
  }
  // It stays loaded and started: the process may use it elsewhere.

  std::size_t count() const { return devices_.size(); }
  const std::string& problem() const { return problem_; }
  Gpu sample(std::size_t index) const {
    Gpu gpu;
    struct {
      unsigned gpu, memory;
    } rates{};
    struct {
      unsigned long long total, free, used;
    } bytes{};
    unsigned celsius = 0;
    if (utilization_(devices_[index], &rates) == 0) gpu.used = rates.gpu;
    if (memory_(devices_[index], &bytes) == 0 && bytes.total > 0)
      gpu.memory_used = 100 * static_cast<double>(bytes.used) / static_cast<double>(bytes.total);
    if (temperature_ != nullptr && temperature_(devices_[index], 0, &celsius) == 0) gpu.celsius = celsius;
    return gpu;
  }

 private:
  template <class Function>
  bool find(const char* name, Function& function) {
    function = reinterpret_cast<Function>(::dlsym(library_, name));
    return function != nullptr;
  }

  void* library_;
  int (*utilization_)(void*, void*) = nullptr;
  int (*memory_)(void*, void*) = nullptr;
  int (*temperature_)(void*, int, unsigned*) = nullptr;
  std::vector<void*> devices_;
  std::string problem_;
};

}  // namespace system_resources_monitor
