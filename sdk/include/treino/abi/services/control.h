/* Service: requests to the training loop. */
#ifndef TREINO_ABI_SERVICES_CONTROL_H
#define TREINO_ABI_SERVICES_CONTROL_H

#include <treino/abi/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TREINO_CONTROL_SERVICE "treino.control/1"
typedef struct treino_control {
  uint32_t size;
  uint32_t reserved;
  /* Requests are acted on when every callback has received the current event. */
  /* [any] Ends the run at the next safe point; outcome TREINO_EARLY_STOPPED, TREINO_DIVERGED or TREINO_RUN_FAILED. */
  void (*stop)(const treino_host* host, uint32_t outcome, const char* reason);
  /* [step] In backward_end: the optimizer is not run on these gradients; step and schedulers do not move. */
  void (*skip_step)(const treino_host* host, const char* reason);
  /* [step] Keeps weights and optimizer state in memory (one copy a run), and goes back to them. TREINO_MISSING where nothing is kept. */
  treino_status (*remember)(const treino_host* host);
  treino_status (*roll_back)(const treino_host* host, const char* reason);
  /* [step] Where weights may be set (see set_parameter): at once, trains up to `steps` batches of the first epoch's order, unheard by
     any plugin but through `next`, and puts weights, optimizer state and running statistics back as they were. `next` is called before
     each batch, and once after the last, with the number of batches done and the loss of the one before (NaN at first); it returns the
     rate for the next batch, or NaN to end. Wraps round where `steps` is more than an epoch. */
  treino_status (*trial_steps)(const treino_host* host, uint64_t steps, double (*next)(void* context, uint64_t done, double loss),
                               void* context, treino_error* error);
  /* [step] Where weights may be set: at once, runs the training data through the model and makes running statistics (batch_norm's) the
     averages over it. TREINO_MISSING where the model has none. */
  treino_status (*estimate_statistics)(const treino_host* host, treino_error* error);
  /* [step] Asks every plugin with the extension TREINO_GARBAGE_EXTENSION to free what it can; the sum of what they say they freed. */
  uint64_t (*collect_garbage)(const treino_host* host);
} treino_control;

#ifdef __cplusplus
}
#endif

#endif
