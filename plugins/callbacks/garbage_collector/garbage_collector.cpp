// Gives memory back every few steps: what scripts and other plugins can do without, then free pages of the heap. Name and
// step_interval are TorchTNT's; like there it happens at the same step on every process, so that none waits for another's.
#include <unistd.h>

#include <fstream>
#include <treino/callback.hpp>
#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace {

using treino::Event;

/// Memory of this process that is in RAM; 0 where the system does not say.
std::uint64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::uint64_t size = 0, resident = 0;
  return file >> size >> resident ? resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) : 0;
}

/// Returns how many bytes the system got back.
std::uint64_t trim_heap() {
  const std::uint64_t before = resident_bytes();
#if defined(__GLIBC__)
  ::malloc_trim(0);
#endif
  const std::uint64_t after = resident_bytes();
  return before > after ? before - after : 0;  // other threads may have taken more meanwhile
}

class GarbageCollector final : public treino::Callback {
 public:
  explicit GarbageCollector(const treino::Setup& setup)
      : Callback(setup),
        interval_(setup.get<std::uint64_t>("step_interval")),
        collected_(host().declare("garbage_collected_bytes")),
        returned_(host().declare("heap_returned_bytes")) {}

  void on_step_end(const Event& event) override {
    if (event.step % interval_ != 0) return;
    const std::uint64_t collected = host().collect_garbage(), returned = trim_heap();
    add(collected_, collected);
    add(returned_, returned);
    host().debug("step " + std::to_string(event.step) + ": plugins freed " + std::to_string(collected) + " bytes, " +
                 std::to_string(returned) + " bytes went back to the system");
  }

 private:
  /// To the scalar's value in this epoch, which is the host's to remember.
  void add(treino::Scalar scalar, std::uint64_t bytes) const {
    host().log_scalar(scalar, host().value(scalar).value_or(0) + static_cast<double>(bytes));
  }

  std::uint64_t interval_;
  treino::Scalar collected_, returned_;
};

}  // namespace

TREINO_PLUGIN(GarbageCollector, R"toml(
kind = "callback"
id = "garbage_collector"
version = "1.0.0"
summary = "Returns free memory to the system every few steps."
phase = "act"
events = ["step_end"]
ranks = "all"
scalars = ["garbage_collected_bytes", "heap_returned_bytes"]
no_direction = true
help = """
After every step_interval steps: asks all plugins to free what they can do without (a script's garbage), then gives free pages of the
heap back to the system (malloc_trim; with other C libraries than glibc nothing). It happens between two steps, on the thread that
trains, and costs milliseconds: an interval of some hundred steps is enough.
garbage_collected_bytes: what plugins say they freed in this epoch. heap_returned_bytes: by how much the memory in RAM shrank.
"""

[parameters.step_interval]
type = "int"
required = true
min = 1
doc = "steps from one collection to the next"
)toml")
