// The pool through the OpenMP runtime's own functions: what oneDNN works with must not be a second pool beside ours.
#include "nn/kernels/threads.hpp"

#include <sched.h>

#include <atomic>

#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>
#endif

// OpenMP's own header belongs to the compiler's runtime, which need not be the one that oneDNN was built with.
extern "C" int omp_get_max_threads();
extern "C" void omp_set_num_threads(int);
extern "C" int omp_get_thread_num();
extern "C" int omp_get_num_threads();
extern "C" int omp_in_parallel();
extern "C" void GOMP_parallel(void (*)(void*), void*, unsigned, unsigned);  // what `#pragma omp parallel` calls

namespace treino::nn {
namespace {

std::atomic<int> placements{0};

// The OpenMP runtime is not instrumented. ThreadSanitizer has to be told that what the caller wrote before a loop is seen by the
// loop's threads, and what these wrote by the caller after it.
#ifdef __SANITIZE_THREAD__
void publish(void* moment) { __tsan_release(moment); }
void receive(void* moment) { __tsan_acquire(moment); }
#else
void publish(void*) {}
void receive(void*) {}
#endif

/// Has every other thread of the calling thread's pool run on these processors.
void place_pool(int threads, cpu_set_t& processors) {
  const auto place = [](void* set, int, int) {
    // Refused, the thread stays where it likes: that only is slower.
    if (omp_get_thread_num() > 0) sched_setaffinity(0, sizeof(cpu_set_t), static_cast<const cpu_set_t*>(set));
  };
  run_on_pool(threads, threads, place, &processors);
}

/// Where the calling thread was when its pool was last told to keep off, and how many threads that had.
struct Kept {
  int processor = -1, threads = 0;
};
thread_local Kept kept;

void keep_off_this_processor(int threads) {
  const int processor = sched_getcpu();
  if (processor == kept.processor && threads == kept.threads) return;
  kept = {processor, threads};
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0 || CPU_COUNT(&allowed) < threads || processor < 0) return;
  CPU_CLR(static_cast<unsigned>(processor), &allowed);
  place_pool(threads, allowed);
}

}  // namespace

ThreadPlacement::ThreadPlacement() { ++placements; }

ThreadPlacement::~ThreadPlacement() {
  if (--placements > 0 || kept.threads <= 1) return;
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) place_pool(kept.threads, allowed);
  kept = {};
}

ThreadScope::ThreadScope(int threads) : before_(omp_get_max_threads()) {
  if (before_ != threads) omp_set_num_threads(threads);
  if (threads > 1 && placements > 0) keep_off_this_processor(threads);
}

ThreadScope::~ThreadScope() {
  if (omp_get_max_threads() != before_) omp_set_num_threads(before_);
}

bool is_on_pool() { return omp_in_parallel() != 0; }

int pool_threads() { return omp_get_max_threads(); }

void run_on_pool(int threads, int parts, void (*task)(void* data, int part, int parts), void* data) {
  struct Job {
    void (*task)(void*, int, int);
    void* data;
    int parts;
    char begin = 0, end = 0;  // two moments: with one address for both, one thread's end would come before another's begin
  } job{task, data, parts};
  publish(&job.begin);
  GOMP_parallel(
      [](void* pointer) {
        Job& all = *static_cast<Job*>(pointer);
        receive(&all.begin);
        // A runtime that gives fewer threads than asked for leaves more parts to each.
        for (int part = omp_get_thread_num(); part < all.parts; part += omp_get_num_threads())
          all.task(all.data, part, all.parts);
        publish(&all.end);
      },
      &job, static_cast<unsigned>(threads), 0);
  receive(&job.end);
}

}  // namespace treino::nn
