// What the loop asks of the allocator, of locks and of the system. A program of its own, because malloc and pthread_mutex_lock
// are replaced in it.
#include <dlfcn.h>
#include <pthread.h>
#include <sys/ptrace.h>

#include <csignal>

#include "plugins/conformance/allocations.hpp"
#include "support/catch.hpp"
#include "unit/store/child_process.hpp"
#include "unit/train/workshop.hpp"

using namespace treino;
using namespace treino::test;

namespace {

/// 8,192 samples of 64 numbers in ten classes: more than what is copied together on the spot. Of several `steps`, a class for each.
void write_arrays(const std::filesystem::path& folder, int steps = 1) {
  const auto write = [&](const char* name, const std::string& shape, const std::string& content) {
    std::string header = "{'descr': '|u1', 'fortran_order': False, 'shape': (" + shape + "), }";
    header.resize(117, ' ');
    write_text(folder / name, std::string("\x93NUMPY\x01\x00\x76\x00", 10) + header + "\n" + content);
  };
  std::string pixels, labels;
  unsigned state = 1;
  for (int i = 0; i < 8192 * 64; ++i) pixels += static_cast<char>((state = state * 1664525u + 1013904223u) >> 24);
  for (int i = 0; i < 8192 * steps; ++i) labels += static_cast<char>(i % 10);
  write("pixels.npy", steps == 1 ? "8192, 64" : "8192, " + std::to_string(steps) + ", " + std::to_string(64 / steps), pixels);
  write("labels.npy", steps == 1 ? "8192," : "8192, " + std::to_string(steps), labels);
}

const std::string usual = R"([run]
epochs = 3
threads = 1
[data]
train = { file = "pixels.npy", target_file = "labels.npy", target_kind = "index" }
scale = 0.004
batch_size = 32
[model]
layers = [ { type = "dense", units = 32 }, { type = "relu" }, { type = "dense", units = 10 } ]
[optimizer]
plugin = "sgd"
momentum = 0.9
learning_rate = 0.05
[loss]
plugin = "cross_entropy"
[[metric]]
plugin = "accuracy"
[[scheduler]]
plugin = "cosine_annealing"
t_max = 1000
unit = "step"
[[callback]]
plugin = "progbar_logger"
[[callback]]
plugin = "csv_logger"
filename = "history.csv"
[[callback]]
plugin = "early_stopping"
monitor = "loss"
patience = 1000
[[callback]]
plugin = "terminate_on_nan"
[[callback]]
plugin = "model_checkpoint"
filepath = "weights.safetensors"
)";

#ifndef TREINO_CONFORMANCE_SANITIZED
thread_local std::uint64_t locks = 0;

/// System calls that `work` makes on its thread, in a child that is traced between two stops. None where the system lets nobody
/// trace.
template <class Prepare>
std::optional<std::uint64_t> system_calls_of(Prepare prepare) {
  const pid_t child = start_child([&] {
    const auto work = prepare();
    if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) return 77;
    raise(SIGSTOP);
    const bool well = work();
    raise(SIGSTOP);
    return well ? 0 : 1;
  });
  std::uint64_t stops = 0;
  int status = 0;
  const auto wait = [&] { return waitpid(child, &status, 0) == child && WIFSTOPPED(status); };
  if (!wait()) return std::nullopt;
  ptrace(PTRACE_SETOPTIONS, child, nullptr, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
  for (ptrace(PTRACE_SYSCALL, child, nullptr, nullptr); wait() && WSTOPSIG(status) != SIGSTOP;
       ptrace(PTRACE_SYSCALL, child, nullptr, nullptr))
    stops += WSTOPSIG(status) == (SIGTRAP | 0x80);
  ptrace(PTRACE_CONT, child, nullptr, nullptr);
  CHECK(wait_for(child) == 0);
  return stops / 2;  // one where it enters, one where it leaves
}
#endif

}  // namespace

#ifndef TREINO_CONFORMANCE_SANITIZED
// Before the C library's, for every shared library of the program.
extern "C" int pthread_mutex_lock(pthread_mutex_t* mutex) {
  static const auto next = reinterpret_cast<int (*)(pthread_mutex_t*)>(dlsym(RTLD_NEXT, "pthread_mutex_lock"));
  ++locks;
  return next(mutex);
}
#endif

TEST_CASE("steps with the usual plugins allocate nothing: 768 of them as much as 192") {
  const int steps = GENERATE(1, 4);
  INFO(steps << " steps of each sample");
  const Workshop workshop;
  write_arrays(workshop.path(), steps);
  const auto allocations_of = [&](const char* batch_size, const char* folder) {
    SilentRun run(workshop.plan(usual, {std::string("data.batch_size=") + batch_size}), workshop.path() / folder);
    const std::uint64_t before = conformance::allocations();
    const train::Result result = run.fit();
    const std::uint64_t made = conformance::allocations() - before;
    CHECK(result.outcome == host::Outcome::done);
    return made;
  };
  allocations_of("128", "first");  // what is made once a process
  // Whether the thread has written the last epoch's file when the next one is due decides over twenty, at either of two epochs:
  // the quietest of three runs, and one in ten steps would be 58 more in each of them.
  std::uint64_t few = UINT64_MAX, many = UINT64_MAX;
  for (const char* turn : {"1", "2", "3"}) {
    few = std::min(few, allocations_of("128", (std::string("few") + turn).c_str()));
    many = std::min(many, allocations_of("32", (std::string("many") + turn).c_str()));
  }
  CHECK(few > 0);
  CHECK(many < few + 50);
  CHECK(few < many + 50);
}

#ifndef TREINO_CONFORMANCE_SANITIZED
TEST_CASE("steps with the usual plugins take no locks: 768 of them as many as 192") {
  const Workshop workshop;
  write_arrays(workshop.path());
  const auto locks_of = [&](const char* batch_size, const char* folder) {
    SilentRun run(workshop.plan(usual, {std::string("data.batch_size=") + batch_size}), workshop.path() / folder);
    const std::uint64_t before = locks;
    CHECK(run.fit().outcome == host::Outcome::done);
    return locks - before;
  };
  const std::uint64_t few = locks_of("128", "few"), many = locks_of("32", "many");
  CHECK(few > 0);
  // One in ten steps would be 58 more. The bar is drawn by the clock, and whether a thread is waited for depends on it, too.
  CHECK(many < few + 50);
}

TEST_CASE("steps with the usual plugins make no system calls: 768 of them as many as 192") {
  const Workshop workshop;
  write_arrays(workshop.path());
  const auto calls_of = [&](const char* batch_size, const char* folder) {
    return system_calls_of([&] {
      auto run = std::make_shared<SilentRun>(workshop.plan(usual, {std::string("data.batch_size=") + batch_size}),
                                             workshop.path() / folder);
      return [run] { return run->fit().outcome == host::Outcome::done; };
    });
  };
  const auto few = calls_of("128", "few"), many = calls_of("32", "many");
  if (!few || !many) {
    WARN("skipped: this system lets us trace no process");
    return;
  }
  CHECK(*few > 0);
  // One in three steps would be 192 more. The bar is drawn by the clock, and threads that wait are woken.
  CHECK(*many < *few + 150);
}

TEST_CASE("a checkpoint without the memory for a copy is written at once") {
  const Workshop workshop;
  const std::string text = wine + R"([model]
layers = [ { type = "dense", units = 500 }, { type = "relu" }, { type = "dense", units = 500 }, { type = "dense", units = 3 } ]
[[callback]]
plugin = "model_checkpoint"
filepath = "weights.safetensors"
)";
  const auto weights_after = [&](std::size_t most, const char* folder) {
    SilentRun run(workshop.plan(text), workshop.path() / folder);
    conformance::refuse_allocations_above(most);
    const train::Result result = run.fit();
    conformance::refuse_allocations_above(SIZE_MAX);
    INFO(result.reason);
    CHECK(result.outcome == host::Outcome::done);
    return read_text(workshop.path() / folder / "weights.safetensors");
  };
  // Weights and momentum are two megabytes in all; no array of the file is larger than one, and reading it back takes another
  // way.
  const std::string freely = weights_after(SIZE_MAX, "freely");
  CHECK(freely.size() > 2'000'000);
  CHECK(weights_after(1'500'000, "tightly") == freely);
}
#endif
