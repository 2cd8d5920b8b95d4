// Processor, memory, swap, disk and NVIDIA GPUs as scalars for every sink. Name and logging_interval are TorchTNT's. A thread of
// its own looks at them, since a look can be slow (sampling within the loop made training ten times slower elsewhere) or hang (a
// dead network disk, a driver in trouble); the thread that trains only takes what is there. NVML is looked for when the run
// starts and needed neither to build nor to run.
#include <pthread.h>
#include <signal.h>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <treino/callback.hpp>

#include "nvml.hpp"
#include "system.hpp"

namespace system_resources_monitor {
namespace {

using treino::Event;
constexpr Seconds patience_at_begin{3}, patience_at_end{1};  // with drivers and disks
constexpr Seconds first_pause{0.1};                          // short, so that the first epochs have values

/// What the two threads share. The sampling one holds on to it, so that it can be left behind where a driver does not return.
struct Shared {
  std::mutex mutex;
  std::condition_variable changed;
  bool ready = false, ending = false, ended = false;
  std::size_t gpus = 0;
  std::string problem;
  std::vector<Sample> samples;  // since they were taken last
};

void work(const std::shared_ptr<Shared>& shared, const std::string& folder, Seconds every) {
  const Nvml nvml;
  std::unique_lock<std::mutex> lock(shared->mutex);
  shared->gpus = nvml.count();
  shared->problem = nvml.problem();
  shared->ready = true;
  shared->changed.notify_all();
  lock.unlock();
  System system(folder);
  lock.lock();
  Clock::time_point next = Clock::now();
  for (Seconds pause = std::min(every, first_pause); !shared->ending; pause = every) {
    next = std::max(Clock::now(), next + std::chrono::duration_cast<Clock::duration>(pause));
    if (shared->changed.wait_until(lock, next, [&] { return shared->ending; })) break;
    lock.unlock();
    Sample sample = system.sample();
    for (std::size_t i = 0; i < nvml.count(); ++i) sample.gpus.push_back(nvml.sample(i));
    lock.lock();
    if (shared->samples.size() >= 4096) shared->samples.erase(shared->samples.begin());  // nobody takes them
    shared->samples.push_back(std::move(sample));
  }
  shared->ended = true;
  shared->changed.notify_all();
}

class SystemResourcesMonitor final : public treino::Callback {
 public:
  explicit SystemResourcesMonitor(const treino::Setup& setup)
      : Callback(setup), each_step_(setup.get<std::string>("logging_interval") == "step") {
    for (const char* name : {"cpu_percent", "process_cpu_percent", "rss_mib", "memory_percent", "swap_percent", "disk_percent"})
      numbers_.push_back(host().declare(name, treino::Direction::none));
    start(Seconds(setup.get<double>("every")));
    const std::size_t gpus = wait_for_drivers();
    for (std::size_t i = 0; i < gpus; ++i)
      for (const char* name : {"_percent", "_memory_percent", "_celsius"})
        numbers_.push_back(host().declare("gpu" + std::to_string(i) + name, treino::Direction::none));
  }
  ~SystemResourcesMonitor() override { end(); }

  void on_step_end(const Event&) override { emit(); }
  void on_epoch_end(const Event&) override { emit(); }
  void on_run_end(const Event&) override { end(); }

  std::uint64_t wanted() const override { return ~(each_step_ ? std::uint64_t{0} : std::uint64_t{1} << TREINO_STEP_END); }

 private:
  void start(Seconds every) {
    // No signal of the program's is handled here.
    sigset_t all, before;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    const std::string folder = host().run().folder;
    thread_ = std::thread([shared = shared_, folder, every] { work(shared, folder, every); });
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }

  std::size_t wait_for_drivers() const {
    std::unique_lock<std::mutex> lock(shared_->mutex);
    if (!shared_->changed.wait_for(lock, patience_at_begin, [&] { return shared_->ready; })) {
      host().warn("the GPUs' driver does not answer; there will be no scalars of the GPUs, nor of the system until it does");
      return 0;
    }
    if (!shared_->problem.empty()) host().warn(shared_->problem + "; there will be no scalars of the GPUs");
    return shared_->gpus;
  }

  void end() {
    if (!thread_.joinable()) return;
    std::unique_lock<std::mutex> lock(shared_->mutex);
    shared_->ending = true;
    shared_->changed.notify_all();
    const bool ended = shared_->changed.wait_for(lock, patience_at_end, [&] { return shared_->ended; });
    lock.unlock();
    if (ended) return thread_.join();
    host().warn("a look at the system does not return (a driver or a disk in trouble?); it is left behind");
    thread_.detach();
  }

  /// Where nobody is looking just now; the thread that trains waits for nothing.
  void emit() {
    {
      const std::unique_lock<std::mutex> lock(shared_->mutex, std::try_to_lock);
      if (!lock || shared_->samples.empty()) return;
      taken_.swap(shared_->samples);
    }
    std::size_t at = 0;
    for (const auto part : {&Sample::cpu, &Sample::process_cpu}) put(at++, mean([&](const Sample& one) { return one.*part; }));
    for (const auto part : {&Sample::rss, &Sample::memory, &Sample::swap, &Sample::disk})
      put(at++, largest([&](const Sample& one) { return one.*part; }));
    for (std::size_t gpu = 0; at < numbers_.size(); ++gpu) {
      put(at++, mean([&](const Sample& one) { return one.gpus[gpu].used; }));
      put(at++, largest([&](const Sample& one) { return one.gpus[gpu].memory_used; }));
      put(at++, largest([&](const Sample& one) { return one.gpus[gpu].celsius; }));
    }
    taken_.clear();
  }
  void put(std::size_t at, double value) const {
    if (!std::isnan(value)) host().log_scalar(numbers_[at], value);
  }
  template <class Get>
  double mean(Get&& get) const {
    double sum = 0, count = 0;
    for (const Sample& sample : taken_)
      if (const double value = get(sample); !std::isnan(value)) sum += value, ++count;
    return count > 0 ? sum / count : unknown;
  }
  template <class Get>
  double largest(Get&& get) const {
    double largest = unknown;
    for (const Sample& sample : taken_)
      if (const double value = get(sample); !(value <= largest) && !std::isnan(value)) largest = value;
    return largest;
  }

  bool each_step_;
  std::vector<treino::Scalar> numbers_;
  std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
  std::vector<Sample> taken_;
  std::thread thread_;
};

}  // namespace
}  // namespace system_resources_monitor

TREINO_PLUGIN(system_resources_monitor::SystemResourcesMonitor, R"toml(
kind = "callback"
id = "system_resources_monitor"
version = "1.0.0"
summary = "Logs the use of processor, memory, swap, disk and GPUs."
phase = "measure"
events = ["step_end", "epoch_end", "run_end"]
scalars = ["cpu_percent", "process_cpu_percent", "rss_mib", "memory_percent", "swap_percent", "disk_percent", "gpu*_percent", "gpu*_celsius"]
no_direction = true
help = """
A thread of its own looks every `every` seconds; at the end of each epoch or step (logging_interval) the values seen since are logged:
of processors and GPUs their mean, of memory, disk and temperature the largest. Where nothing new has been seen, as in
an epoch shorter than `every`, the value before stays, and other recorders write it again; TorchTNT looks at the very end of the epoch instead.
cpu_percent: of all processors, by everybody. process_cpu_percent: by this process, 100 is one processor. rss_mib: memory of this process
in RAM. memory_percent, swap_percent: of the machine's, in use. disk_percent: in use where the run's folder lies.
gpu0_percent, gpu0_memory_percent, gpu0_celsius (gpu1_... and so on): NVIDIA GPUs, where libnvidia-ml.so.1 is installed.
A driver or a disk that does not answer costs scalars, never the run's time. Linux only; elsewhere what the system does not say is missing.
"""

[parameters]
logging_interval = { type = "string", default = "epoch", choices = ["epoch", "step"], doc = "how often the scalars are logged" }

[parameters.every]
type = "float"
default = 1.0
min = 0.01
max = 86400.0
doc = "seconds from one look to the next"
)toml")
