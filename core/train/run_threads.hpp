// The run's threads for its plugins: those that the model is computed with.
#pragma once
#include "host/session/thread_pool.hpp"

namespace treino::train {

class RunThreads final : public host::ThreadPool {
 public:
  explicit RunThreads(int threads) : threads_(threads) {}
  int threads() const override { return threads_; }
  void run(int times, void (*task)(void* data), void* data) override;

 private:
  const int threads_;
};

}  // namespace treino::train
