// What runs on the pool already has no second one under it.
#include "train/run_threads.hpp"

#include "nn/kernels/threads.hpp"

namespace treino::train {

void RunThreads::run(int times, void (*task)(void* data), void* data) {
  if (times < 2 || threads_ < 2 || nn::is_on_pool()) {
    for (int i = 0; i < times; ++i) task(data);
    return;
  }
  struct Job {
    void (*task)(void*);
    void* data;
  } job{task, data};
  nn::run_on_pool(
      threads_, times,
      [](void* pointer, int, int) {
        const Job& one = *static_cast<Job*>(pointer);
        one.task(one.data);
      },
      &job);
}

}  // namespace treino::train
