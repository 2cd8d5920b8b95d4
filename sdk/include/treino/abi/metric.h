/* What a metric exports: values counted over the batches of a pass, and merged between parts of it. */
#ifndef TREINO_ABI_METRIC_H
#define TREINO_ABI_METRIC_H

#include <treino/abi/problem.h>
#include <treino/abi/state.h>
#include <treino/abi/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { TREINO_NO_DIRECTION = 0, TREINO_LOWER_IS_BETTER = 1, TREINO_HIGHER_IS_BETTER = 2 };

typedef struct treino_metric {
  uint32_t size;
  uint32_t reserved; /* a metric's lifecycle has save and load */
  /* [control] After create; not NULL. */
  treino_status (*prepare)(void* self, const treino_problem* problem, treino_error* error);
  /* [control] After prepare: how many values compute() gives (at most 2^24), their names (the first is usually the metric's id; no two are
     the same) and directions. Names stay valid until destroy or the next prepare. */
  uint32_t (*count)(void* self);
  const char* (*name)(void* self, uint32_t index);
  uint32_t (*direction)(void* self, uint32_t index);
  /* [step] As after prepare; allowed before the first update. */
  treino_status (*reset)(void* self, treino_error* error);
  /* [step] prediction, target and weight as for losses. A NaN among the predictions that count makes every value NaN until reset. */
  treino_status (*update)(void* self, const treino_tensor* prediction, const treino_tensor* target, const treino_tensor* weight,
                          treino_error* error);
  /* [step] Adds what another instance with the same parameters has counted, given as its saved state. */
  treino_status (*merge)(void* self, const treino_source* other, uint32_t version, treino_error* error);
  /* [step] `values` has count() entries. Leaves the counts as they are. */
  treino_status (*compute)(void* self, double* values, treino_error* error);
} treino_metric;

#ifdef __cplusplus
}
#endif

#endif
