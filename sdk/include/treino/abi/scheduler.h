/* Learning-rate schedulers. */
#ifndef TREINO_ABI_SCHEDULER_H
#define TREINO_ABI_SCHEDULER_H

#include <treino/abi/base.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct treino_schedule_plan {
  uint32_t size;
  uint32_t reserved;
  uint64_t total;           /* values t will take: 0 .. total - 1, in the scheduler's unit; 0 where unknown */
  uint64_t steps_per_epoch; /* 0 where unknown */
  double base;              /* the base rate at t = 0 */
} treino_schedule_plan;

/* Frozen. */
typedef struct treino_schedule_value {
  double learning_rate;
  double momentum; /* NaN: leave it as it is */
} treino_schedule_value;

typedef struct treino_scheduler {
  uint32_t size;
  uint32_t reserved;
  /* [control] Once after create; may be NULL. Refuses plans that it cannot follow. */
  treino_status (*prepare)(void* self, const treino_schedule_plan* plan, treino_error* error);
  /* [any] A pure function of t and base. */
  treino_status (*learning_rate)(void* self, uint64_t t, double base, treino_schedule_value* value, treino_error* error);
} treino_scheduler;

#ifdef __cplusplus
}
#endif

#endif
