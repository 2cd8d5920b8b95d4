// The threads that a run computes with, as plugins may share them.
#pragma once

namespace treino::host {

class ThreadPool {
 public:
  virtual ~ThreadPool() = default;
  virtual int threads() const = 0;
  /// Calls task(data) `times` times, on as many threads at once as there are; returns when all have returned. On a thread of the pool
  /// itself it is called in turn. No exceptions.
  virtual void run(int times, void (*task)(void* data), void* data) = 0;
};

}  // namespace treino::host
