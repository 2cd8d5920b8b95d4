/* Plugins round a training loop of your own.
 *
 * The manifest names callbacks, schedulers and metrics, and [run] says the name and the number of epochs; there is no [data], [model],
 * [optimizer] or [loss]. One epoch:
 *
 *   while (treino_loop_epoch(loop, &more, &error) == TREINO_OK && more) {
 *     for each batch of your data {
 *       treino_loop_batch(loop, samples, &train, &error);     // not train: done before the run was resumed, or the run ends
 *       if (!train) continue;
 *       forward, backward
 *       treino_loop_metrics(loop, predictions, labels, NULL, &error);
 *       treino_loop_step(loop, loss, &take, &error);          // not take: a callback refuses this step
 *       if (take) your optimizer, with treino_loop_learning_rate(loop)
 *       treino_loop_step_done(loop, &error);
 *     }
 *     treino_loop_validation_begin(loop, &error);
 *     for each batch: forward, treino_loop_validation_add(loop, count, loss, predictions, labels, NULL, &error);
 *     treino_loop_validation_end(loop, &error);
 *   }
 *   treino_loop_end(loop, &result, &error);
 *
 * A call that comes out of order, or with what cannot be, is refused and changes nothing. Where a plugin, a file or a function of the
 * program fails, or an epoch has another number of batches than begin was told of, the run is ended as failed, with its files whole, and
 * the loop can only be closed.
 */
#ifndef TREINO_LIBRARY_LOOP_H
#define TREINO_LIBRARY_LOOP_H

#include <stdint.h>

#include "treino/abi/problem.h"
#include "treino/library/run.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct treino_loop_handle treino_loop_handle;

/* The options are those of a run; `trust` and `restart` count where the folder holds a run already, which is continued then, from
 * its newest checkpoint. */
TREINO_API treino_status treino_loop_open(const treino_run_options* options, treino_loop_handle** loop, treino_error* error);
TREINO_API void treino_loop_close(treino_loop_handle* loop);

typedef struct treino_loop_parameter {
  uint32_t size;
  uint32_t rank;
  const char* name; /* "conv1/weight" */
  const int64_t* shape;
  float* values;   /* contiguous; they stay where they are until the loop is closed */
  float* gradient; /* likewise; NULL where it does not learn, or where the function below says where it is */
  float* (*find_gradient)(void* context); /* asked at each step, for gradients that move; NULL: `gradient` */
  void* context;
  /* In place of the pointers, for parameters on another device: copy float32 to and from the CPU's memory, and return 0, or
   * anything else where they fail. Called within calls of the loop, where a checkpoint, an average or a callback looks at the
   * parameter or has changed it, and at no other step. The last two NULL: it does not learn. */
  int32_t (*copy_out)(void* context, float* to);
  int32_t (*copy_in)(void* context, const float* from);
  int32_t (*copy_gradient_out)(void* context, float* to);
  int32_t (*copy_gradient_in)(void* context, const float* from);
} treino_loop_parameter;

/* Before begin. Values change between step and step_done only, gradients before step. */
TREINO_API treino_status treino_loop_add_parameter(treino_loop_handle* loop, const treino_loop_parameter* parameter,
                                                   treino_error* error);

/* What a run has to keep beside the parameters, as bytes: the optimizer's state, random numbers. `save` calls
 * write(sink, bytes, count) once or several times; both return 0, or anything else where they fail. Before begin. */
typedef struct treino_loop_state {
  uint32_t size;
  uint32_t reserved;
  void* context;
  int32_t (*save)(void* context, void (*write)(void* sink, const void* bytes, uint64_t count), void* sink);
  int32_t (*restore)(void* context, const void* bytes, uint64_t count);
} treino_loop_state;
TREINO_API treino_status treino_loop_set_state(treino_loop_handle* loop, const treino_loop_state* state, treino_error* error);

typedef struct treino_loop_setup {
  uint32_t size;
  uint32_t prediction; /* what metrics are given: TREINO_PREDICTION_PROBABILITIES, _LOGITS or _VALUES */
  uint64_t training_samples;
  uint64_t batches_per_epoch;
  uint64_t validation_samples; /* 0: there is no validation */
  uint64_t validation_batches;
  uint64_t largest_batch; /* of both */
  double learning_rate;   /* that schedulers begin with */
  int64_t outputs;        /* numbers predicted for a sample; 0: metrics are given none */
  int64_t classes;        /* targets are labels; 0: they are values */
  int64_t target_width;   /* of values: columns; 0: as many as outputs */
  uint32_t independent;   /* not 0: each output is a decision of its own (sigmoid) */
  uint32_t class_name_count;
  const char* const* class_names;
} treino_loop_setup;

/* Checks the manifest against what the loop offers, makes the folder, creates the plugins; or restores all of it. */
TREINO_API treino_status treino_loop_begin(treino_loop_handle* loop, const treino_loop_setup* setup, treino_error* error);

/* Ends the epoch before, and begins the next: *more is 0 after the last, or where a callback or interrupt ends the run. */
TREINO_API treino_status treino_loop_epoch(treino_loop_handle* loop, int32_t* more, treino_error* error);
/* From 0; what the order of your data should depend on alone, so that a resumed run sees the same. */
TREINO_API uint64_t treino_loop_epoch_number(const treino_loop_handle* loop);
TREINO_API treino_status treino_loop_batch(treino_loop_handle* loop, uint64_t samples, int32_t* train, treino_error* error);
/* Of the batch: predictions (samples x outputs), and labels or targets (samples x target_width). Once before step, where the
 * manifest names metrics. They stay where they are until step_done. The first batches are refused where they are not what
 * `prediction` says. */
TREINO_API treino_status treino_loop_metrics(treino_loop_handle* loop, const float* predictions, const int64_t* labels,
                                             const float* targets, treino_error* error);
TREINO_API treino_status treino_loop_step(treino_loop_handle* loop, double loss, int32_t* take, treino_error* error);
TREINO_API double treino_loop_learning_rate(const treino_loop_handle* loop);
/* NaN where no scheduler gives one. */
TREINO_API double treino_loop_momentum(const treino_loop_handle* loop);
TREINO_API treino_status treino_loop_step_done(treino_loop_handle* loop, treino_error* error);

/* After the epoch's batches. `loss` is the mean over `samples`. */
TREINO_API treino_status treino_loop_validation_begin(treino_loop_handle* loop, treino_error* error);
TREINO_API treino_status treino_loop_validation_add(treino_loop_handle* loop, uint64_t samples, double loss,
                                                    const float* predictions, const int64_t* labels, const float* targets,
                                                    treino_error* error);
TREINO_API treino_status treino_loop_validation_end(treino_loop_handle* loop, treino_error* error);

/* The last value of a scalar ("val_f1"); NaN where there is none. */
TREINO_API double treino_loop_scalar(const treino_loop_handle* loop, const char* name);
/* As treino_run_interrupt. */
TREINO_API void treino_loop_interrupt(treino_loop_handle* loop);
TREINO_API treino_status treino_loop_end(treino_loop_handle* loop, treino_run_result* result, treino_error* error);

#ifdef __cplusplus
}
#endif

#endif
