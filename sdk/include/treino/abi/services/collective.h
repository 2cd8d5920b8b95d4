/* Service: exchanges with the other processes of a run. */
#ifndef TREINO_ABI_SERVICES_COLLECTIVE_H
#define TREINO_ABI_SERVICES_COLLECTIVE_H

#include <treino/abi/plugin.h>
#include <treino/abi/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What all_reduce makes of the ranks' values. */
enum { TREINO_REDUCE_SUM = 1, TREINO_REDUCE_MIN = 2, TREINO_REDUCE_MAX = 3 };

/* Exchanges between the ranks of a run (treino_run_info), for losses, metrics, schedulers, and callbacks whose description says
   ranks = "all": all ranks make the same calls in the same order, with matching sizes, and each returns when it is done. Where the run
   has one process, they do what that comes to.
   [step] In calls of the host's that all ranks get, create among them, and on the thread that makes them. TREINO_FAILED, with a sentence,
   in checkpoint_saved, exception, save, collect_garbage and destroy, once this rank has left the run since something failed, and where
   another has left or does not take part within [collective] timeout: then the plugin fails too. Sizes are in bytes, and less than
   2 GiB for each pair of ranks. */
#define TREINO_COLLECTIVE_SERVICE "treino.collective/1"
typedef struct treino_collective_service {
  uint32_t size;
  uint32_t reserved;
  /* The sum, least or largest of all ranks' values, in place; sums may differ in their last bits with the number of ranks. float32,
     float64 or 64-bit integers, without gaps. */
  treino_status (*all_reduce)(const treino_host* host, const treino_tensor* values, uint32_t operation, treino_error* error);
  /* `mine`, counts[rank] bytes, to all, who find all ranks' one after the other in `all`. `mine` may be its own place in `all`. `counts`
     has an entry for each rank. */
  treino_status (*all_gather)(const treino_host* host, const void* mine, void* all, const uint64_t* counts, treino_error* error);
  /* `root`'s bytes to all. */
  treino_status (*broadcast)(const treino_host* host, void* bytes, uint64_t count, uint32_t root, treino_error* error);
  /* Returns when all ranks have called it. */
  treino_status (*barrier)(const treino_host* host, treino_error* error);
} treino_collective_service;

#ifdef __cplusplus
}
#endif

#endif
