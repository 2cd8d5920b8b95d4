/* Service: what the run is. */
#ifndef TREINO_ABI_SERVICES_RUN_H
#define TREINO_ABI_SERVICES_RUN_H

#include <treino/abi/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TREINO_RUN_SERVICE "treino.run/1"
typedef struct treino_run_info {
  uint32_t size;
  uint32_t resumed;
  const char* run;      /* [run] name */
  const char* folder;   /* of the run, absolute */
  const char* instance; /* the caller's instance name */
  uint64_t seed;
  uint64_t epochs;
  uint64_t batches_per_epoch;
  uint64_t steps_per_epoch;
  uint64_t training_samples;
  uint64_t validation_samples;
  uint32_t rank;  /* of this process, counted from 0 */
  uint32_t ranks; /* processes that train together; 1 where the run has one */
} treino_run_info;
typedef struct treino_run {
  uint32_t size;
  uint32_t reserved;
  /* [any] Valid until destroy. Names, folder, seed and ranks hold from create on, the rest from run_begin on. */
  const treino_run_info* (*info)(const treino_host* host);
} treino_run;

#ifdef __cplusplus
}
#endif

#endif
