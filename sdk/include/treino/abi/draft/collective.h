/* DRAFT 1 of the kind "collective": exchanges between the processes that train one model together, for `[collective]`.
 *
 * A draft as abi/draft/exporter.h says: this header may change in any release, and the contract's version says nothing of it. The
 * description says `draft = 1`.
 *
 * The processes are ranks, counted from 0. All of them begin the same exchanges, with matching sizes, in the same order; several may
 * be under way at once, and be asked for in any order. Memory that is handed over stays where it is, and is neither changed nor (where
 * it is received into) read, until the exchange is done. Sizes are in bytes, and those of one exchange are less than 2 GiB for each pair
 * of ranks. Exchanges go on while the host calls any function of the instance, and need not go on otherwise.
 *
 * A rank whose exchange fails cannot know how far the others have come: it begins no further one, tells why by leave, and ends its run.
 * Who is destroyed with exchanges under way, or after leave, has left the others in the middle; the plugin does not wait for them then.
 */
#ifndef TREINO_ABI_DRAFT_COLLECTIVE_H
#define TREINO_ABI_DRAFT_COLLECTIVE_H

#include <treino/abi/base.h>
#include <treino/abi/services/collective.h>
#include <treino/abi/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TREINO_COLLECTIVE_DRAFT 1u

typedef struct treino_collective {
  uint32_t size;
  uint32_t reserved;
  /* [control] Once after create: joins the processes that were started together, and waits for them. `ranks` is their number, 1 where
     this one was started alone. `rank` is this one's. */
  treino_status (*open)(void* self, uint32_t* rank, uint32_t* ranks, treino_error* error);

  /* [step] Each of these begins an exchange, returns at once and gives a number for it, which is never 0 and never given twice; test()
     says when it is done. */

  /* `root`'s bytes to all. */
  treino_status (*broadcast)(void* self, void* bytes, uint64_t count, uint32_t root, uint64_t* request, treino_error* error);
  /* `mine`, counts[rank] bytes, to all, who find all ranks' one after the other in `all`. `mine` may be its own place in `all`. `counts`
     is read during the call alone. */
  treino_status (*all_gather)(void* self, const void* mine, void* all, const uint64_t* counts, uint64_t* request,
                              treino_error* error);
  /* Part r of `parts`, part_counts[r] bytes, to rank r, who finds the ranks' parts one after the other in `received`; received_counts[r]
     bytes come from rank r. This rank's own part is left where it is, and its place in `received` as it is: whoever needs both together
     spares a copy. Both arrays of counts are read during the call alone. */
  treino_status (*all_to_all)(void* self, const void* parts, const uint64_t* part_counts, void* received,
                              const uint64_t* received_counts, uint64_t* request, treino_error* error);
  /* The sum, least or largest of all ranks' values, in place, in an order of the library's own: sums may differ in their last bits with
     the number of ranks. `operation`: TREINO_REDUCE_... float32, float64 or 64-bit integers, without gaps. */
  treino_status (*all_reduce)(void* self, const treino_tensor* values, uint32_t operation, uint64_t* request,
                              treino_error* error);
  /* Done when all ranks have begun it. */
  treino_status (*barrier)(void* self, uint64_t* request, treino_error* error);

  /* [step] `done` becomes 1 where the exchange is done, and stays so whenever it is asked for again; 0 otherwise. Does not wait. Fails
     where it is not done and another rank has left: "rank 2 left the run: <why>". */
  treino_status (*test)(void* self, uint64_t request, uint32_t* done, treino_error* error);

  /* [step] Tells all others why this rank leaves: a test of theirs that is not done fails with it, soon. Waits for nobody, but may take a
     moment (0.1 s) to send it. `why` may be cut to 1000 bytes. */
  treino_status (*leave)(void* self, const char* why, treino_error* error);
  /* [step] For who has waited too long: tells the others that this rank is alive, and sets alive[r] to 1 for each rank r that has told
     so since the last exchange that was done, or is this one; to 0 for the others. `alive` has as many entries as there are ranks. Does
     not wait. All who wait call it again and again; a rank that computes meanwhile tells nobody. */
  treino_status (*find_alive)(void* self, uint8_t* alive, treino_error* error);
} treino_collective;

#ifdef __cplusplus
}
#endif

#endif
