/* Service: the scalars of the run, by name. */
#ifndef TREINO_ABI_SERVICES_SCALARS_H
#define TREINO_ABI_SERVICES_SCALARS_H

#include <treino/abi/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

/* "loss", every metric's values, the same with "val_" and "test_" before them, and what callbacks declare. */
enum { TREINO_SCALAR_LOSS = 0, TREINO_SCALAR_METRIC = 1, TREINO_SCALAR_CALLBACK = 2 };

#define TREINO_SCALARS_SERVICE "treino.scalars/1"
typedef struct treino_scalars {
  uint32_t size;
  uint32_t reserved;
  /* [control] How many there are, from run_begin on; their names stay valid until destroy. */
  uint32_t (*count)(const treino_host* host);
  const char* (*name)(const treino_host* host, uint32_t index);
  uint32_t (*direction)(const treino_host* host, uint32_t index);
  /* [control] From run_begin on. TREINO_FAILED with the nearest right name where there is none of that name. */
  treino_status (*find)(const treino_host* host, const char* name, uint32_t* index, treino_error* error);
  /* [control] During create: announces a scalar that this instance will log. Its description must list it in `scalars`. */
  treino_status (*declare)(const treino_host* host, const char* name, uint32_t direction, uint32_t* index, treino_error* error);
  /* [step] Gives a declared scalar its value for this epoch; the last one given counts. */
  treino_status (*log)(const treino_host* host, uint32_t index, double value);
  /* [step] The value in this epoch: of what has been seen so far during it, final at epoch_end. TREINO_MISSING before there is one. */
  treino_status (*value)(const treino_host* host, uint32_t index, double* value);
  /* [control] From run_begin on: where it comes from, TREINO_SCALAR_... */
  uint32_t (*origin)(const treino_host* host, uint32_t index);
} treino_scalars;

#ifdef __cplusplus
}
#endif

#endif
