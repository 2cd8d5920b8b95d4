/* Service: random numbers. */
#ifndef TREINO_ABI_SERVICES_RANDOM_H
#define TREINO_ABI_SERVICES_RANDOM_H

#include <treino/abi/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TREINO_RANDOM_SERVICE "treino.random/1"
typedef struct treino_random {
  uint32_t size;
  uint32_t reserved;
  /* [any] In [0, 1): depends on the run's seed, the instance's name, `step` and `index` only, so that there is no state to save. */
  double (*uniform)(const treino_host* host, uint64_t step, uint64_t index);
} treino_random;

#ifdef __cplusplus
}
#endif

#endif
