/* Service: the pool of threads that the run computes with. */
#ifndef TREINO_ABI_SERVICES_THREADS_H
#define TREINO_ABI_SERVICES_THREADS_H

#include <treino/abi/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The threads of `[run] threads`, that layers and optimizers are computed with. A plugin that starts threads of its own beside them has
   twice as many as there are processors.
   parallel_for is for calls of the host's: forward and backward of a layer, update of an optimizer, evaluate of a loss, update of a
   metric, an event of a callback, create, prepare. From a thread that the plugin has started it fails with a sentence. Within a
   function that it runs, and on a thread of the pool (an optimizer's update may run on several), it calls the function in turn on that
   thread.
   Results must not depend on the number of threads: who sums over parts takes as many parts on every machine. */
#define TREINO_THREADS_SERVICE "treino.threads/1"
typedef struct treino_threads {
  uint32_t size;
  uint32_t reserved;
  /* [any] How many threads the run has; at least 1. */
  uint32_t (*count)(const treino_host* host);
  /* [step] Calls function(user, index, error) once for each index from 0 to count - 1, on several threads at once and in no order;
     returns when all have returned. To wake a thread costs some microseconds: an index should be worth as much. The function must
     throw nothing, and keep the floating-point mode. Where one fails, the rest need not be called, and its text is the error.
     [any, by several threads at once] function */
  treino_status (*parallel_for)(const treino_host* host, int64_t count,
                                treino_status (*function)(void* user, int64_t index, treino_error* error), void* user,
                                treino_error* error);
} treino_threads;

#ifdef __cplusplus
}
#endif

#endif
