// The pool of threads: that of the OpenMP runtime, since oneDNN works with it too.
#pragma once

namespace treino::nn {

/// While one lives, ThreadScope keeps the pool's other threads off the processor that its own thread runs on, where that may run on
/// as many as there are threads. Rationale: woken by this thread, they are often put beside it, where the two of them take turns
/// for milliseconds until the system moves one: steps of 2 ms took 3 to 11. No thread is tied to one processor: that of another
/// process could be tied to the same. Where threads run is the business of the process's owner, so that a library must not do it
/// unasked. The last one gives the calling thread's pool the processors of the calling thread.
class ThreadPlacement {
 public:
  ThreadPlacement();
  ~ThreadPlacement();
  ThreadPlacement(const ThreadPlacement&) = delete;
  ThreadPlacement& operator=(const ThreadPlacement&) = delete;
};

/// Sets the number of OpenMP threads that oneDNN takes from this thread, and restores the former one.
class ThreadScope {
 public:
  explicit ThreadScope(int threads);
  ~ThreadScope();
  ThreadScope(const ThreadScope&) = delete;
  ThreadScope& operator=(const ThreadScope&) = delete;

 private:
  int before_;
};

/// How many threads the innermost ThreadScope of the calling thread gives, or without one the OpenMP runtime.
int pool_threads();

/// Whether the calling thread is working for the pool.
bool is_on_pool();

/// Calls task(data, part, parts) once for each part in [0, parts), shared out to `threads` threads; returns when all are done. No
/// exceptions. Rationale for always taking all threads: a pool asked for fewer ends those that it has too many of, and starts
/// them again the next time.
void run_on_pool(int threads, int parts, void (*task)(void* data, int part, int parts), void* data);

}  // namespace treino::nn
