/* DRAFT 1 of the kind "optimizer": updates parameters from their gradients, for `[optimizer]`.
 *
 * A draft as abi/draft/exporter.h says: this header may change in any release, and the contract's version says nothing of it. The
 * description says `draft = 1`.
 *
 * State: what an optimizer remembers of a parameter are named arrays of float32 with the parameter's shape. The host owns them, sets them
 * to 0 before the first step, saves them in checkpoints as "<parameter>/<state>", restores them, and goes back to earlier ones when a run
 * is rolled back or has taken trial steps. Whatever else a step depends on follows from its number and the parameters of create: an
 * optimizer has no save and no load, and must not count steps by itself.
 *
 * A step: begin_step once, where what is the same for all parameters is computed; then update for each parameter that learns, in slices
 * that several threads may work on at the same time. Slices begin at multiples of 64 elements, and how many there are depends on the
 * machine: results must not. Whoever needs a whole parameter at once (a norm, a matrix product) says so in prepare.
 *
 * An optimizer that needs the loss of other weights within a step (L-BFGS) says `closure = true` in its description and asks for it in
 * prepare. Its begin_step is the whole step: it gets all parameters, changes them, and has loss and gradients computed again as often as it
 * likes. There is no update then.
 *
 * Processes that train one model together all take every step, on the same gradients, and must arrive at the same values bit for bit.
 */
#ifndef TREINO_ABI_DRAFT_OPTIMIZER_H
#define TREINO_ABI_DRAFT_OPTIMIZER_H

#include <treino/abi/base.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TREINO_OPTIMIZER_DRAFT 1u

/* The most arrays of state that a parameter may have. */
#define TREINO_OPTIMIZER_MOST_STATES 64u

/* A parameter that can learn. Frozen within a draft; valid until destroy. */
typedef struct treino_optimizer_parameter {
  const char* name; /* "dense_1/weight" */
  const int64_t* shape;
  int64_t elements; /* the product of the shape */
  uint32_t rank;
  uint32_t reserved;
} treino_optimizer_parameter;

/* What an optimizer asks for. The host hands it over with `size` set and all else 0, `momentum` NaN. */
typedef struct treino_optimizer_needs {
  uint32_t size;
  uint32_t state_count;      /* at most TREINO_OPTIMIZER_MOST_STATES */
  const char* const* states; /* their names: letters, digits and underscores; valid until destroy */
  double momentum;           /* its momentum, or what plays the part (adam: beta1); NaN: it has none */
  uint32_t takes_momentum;   /* 1: a scheduler may give another one for a step */
  uint32_t whole;            /* 1: update gets whole parameters, different ones on different threads */
  uint32_t closure;          /* 1: begin_step gets a closure and takes the whole step; as the description says */
  uint32_t reserved;
} treino_optimizer_needs;

/* A stretch of one parameter. Arrays have `count` elements and do not overlap. */
typedef struct treino_optimizer_slice {
  uint32_t size;
  uint32_t parameter;    /* its index among those of prepare */
  int64_t first;         /* the first element's place in the parameter, in row-major order */
  int64_t count;         /* at least 1 */
  float* value;          /* updated */
  const float* gradient; /* of the loss */
  float* const* states;  /* in the order of prepare; updated */
  double learning_rate;  /* the step's, times the factor of the parameter's group */
  double
      weight_decay; /* of this parameter: the host gives 0 for those that do not decay. It stands for the parameter `weight_decay`
                            of the description; 0 where the description has none */
} treino_optimizer_slice;

/* The model within a step. Valid during begin_step. */
typedef struct treino_optimizer_closure {
  uint32_t size;
  uint32_t count;
  const treino_optimizer_slice* parameters; /* those that learn at this step, whole, in the order of prepare */
  double loss;                              /* of the step's batch, with the values and gradients as they are at first */
  void* context;
  /* [step] Computes the loss of the batch with the values as they are now, and all gradients. Where it fails, begin_step fails too. */
  treino_status (*evaluate)(void* context, double* loss, treino_error* error);
} treino_optimizer_closure;

/* What is the same for all parameters of one step. */
typedef struct treino_optimizer_step {
  uint32_t size;
  uint32_t reserved;
  uint64_t number;      /* from 1 */
  double learning_rate; /* as the schedulers have it */
  double momentum;      /* in place of the optimizer's own, for this step; NaN: its own. Always NaN where it takes none */
  const treino_optimizer_closure* closure; /* where prepare has asked for it, else NULL */
} treino_optimizer_step;

typedef struct treino_optimizer {
  uint32_t size;
  uint32_t reserved;
  /* [control] Once after create, before the first step. Fills `needs`; allocates what steps need. */
  treino_status (*prepare)(void* self, const treino_optimizer_parameter* parameters, uint32_t count,
                           treino_optimizer_needs* needs, treino_error* error);
  /* [step] May be NULL where there is no closure. Allocates nothing. */
  treino_status (*begin_step)(void* self, const treino_optimizer_step* step, treino_error* error);
  /* [any] Between one begin_step and the next, on any thread, on several at once. Takes no locks, allocates nothing. A step of which an
     update fails ends the run. NULL where there is a closure. */
  treino_status (*update)(void* self, const treino_optimizer_slice* slice, treino_error* error);
} treino_optimizer;

#ifdef __cplusplus
}
#endif

#endif
