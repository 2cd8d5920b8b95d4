/* Callbacks: events, outcomes, and what an event tells. */
#ifndef TREINO_ABI_CALLBACK_H
#define TREINO_ABI_CALLBACK_H

#include <treino/abi/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Every event: its name in C, its name in descriptions and hooks, its number. A begin is even, and its end is the next odd number; 28 is
 * kept for the begin of backward. Names, masks and hooks everywhere are made from this list.
 *
 *   run_end            always follows run_begin; outcome and text say how the run ended
 *   epoch_end          scalars of training and validation are final
 *   batch_end          after backward, and after the step where the batch completes one
 *   backward_end       gradients of the whole step are complete, as backward left them: look at them, or veto the step
 *   step_begin         the optimizer runs next; phase mutate may change the gradients, later phases see the final ones
 *   step_end           the optimizer has run
 *   fetch_begin, _end  around the wait for a batch: `batch` is the one that is due; `samples` is known at the end. Not where no batch is due
 *   checkpoint_saved   to the instance that asked: text is the path; outcome TREINO_DONE or TREINO_RUN_FAILED (then text says why)
 *   exception          the run, a test or a prediction fails; outcome is TREINO_RUN_FAILED, text says why. At once, so before the ends of what
 *                      is open; at the latest before run_end. Not for runs that diverged, were stopped early or interrupted, nor for an
 *                      error in run_end itself
 */
#define TREINO_EACH_EVENT(X)                            \
  X(RUN_BEGIN, run_begin, 0)                            \
  X(RUN_END, run_end, 1)                                \
  X(EPOCH_BEGIN, epoch_begin, 2)                        \
  X(EPOCH_END, epoch_end, 3)                            \
  X(BATCH_BEGIN, batch_begin, 4)                        \
  X(BATCH_END, batch_end, 5)                            \
  X(STEP_BEGIN, step_begin, 6)                          \
  X(STEP_END, step_end, 7)                              \
  X(VALIDATION_BEGIN, validation_begin, 8)              \
  X(VALIDATION_END, validation_end, 9)                  \
  X(VALIDATION_BATCH_BEGIN, validation_batch_begin, 10) \
  X(VALIDATION_BATCH_END, validation_batch_end, 11)     \
  X(TEST_BEGIN, test_begin, 12)                         \
  X(TEST_END, test_end, 13)                             \
  X(TEST_BATCH_BEGIN, test_batch_begin, 14)             \
  X(TEST_BATCH_END, test_batch_end, 15)                 \
  X(PREDICT_BEGIN, predict_begin, 16)                   \
  X(PREDICT_END, predict_end, 17)                       \
  X(PREDICT_BATCH_BEGIN, predict_batch_begin, 18)       \
  X(PREDICT_BATCH_END, predict_batch_end, 19)           \
  X(FETCH_BEGIN, fetch_begin, 20)                       \
  X(FETCH_END, fetch_end, 21)                           \
  X(VALIDATION_FETCH_BEGIN, validation_fetch_begin, 22) \
  X(VALIDATION_FETCH_END, validation_fetch_end, 23)     \
  X(TEST_FETCH_BEGIN, test_fetch_begin, 24)             \
  X(TEST_FETCH_END, test_fetch_end, 25)                 \
  X(PREDICT_FETCH_BEGIN, predict_fetch_begin, 26)       \
  X(PREDICT_FETCH_END, predict_fetch_end, 27)           \
  X(BACKWARD_END, backward_end, 29)                     \
  X(CHECKPOINT_SAVED, checkpoint_saved, 30)             \
  X(EXCEPTION, exception, 31)

#define TREINO_EVENT_NUMBER(NAME, name, number) TREINO_##NAME = number,
enum { TREINO_EACH_EVENT(TREINO_EVENT_NUMBER) TREINO_EVENT_COUNT = 32 };
#undef TREINO_EVENT_NUMBER

/* Every outcome of a run, RUNNING where it has none yet: its name in C, its name in files and messages, its number. */
#define TREINO_EACH_OUTCOME(X)       \
  X(RUNNING, running, 0)             \
  X(DONE, done, 1)                   \
  X(EARLY_STOPPED, early_stopped, 2) \
  X(INTERRUPTED, interrupted, 3)     \
  X(DIVERGED, diverged, 4)           \
  X(RUN_FAILED, failed, 5)

#define TREINO_OUTCOME_NUMBER(NAME, name, number) TREINO_##NAME = number,
enum { TREINO_EACH_OUTCOME(TREINO_OUTCOME_NUMBER) TREINO_OUTCOME_COUNT = 6 };
#undef TREINO_OUTCOME_NUMBER

/* Where the run stands. Counts are from 0. */
typedef struct treino_event_info {
  uint32_t size;
  uint32_t type;        /* TREINO_RUN_BEGIN and so on */
  uint64_t epoch;       /* the current one */
  uint64_t epochs;      /* planned */
  uint64_t batch;       /* in this epoch, validation, test or prediction */
  uint64_t batches;     /* planned in it */
  uint64_t step;        /* optimizer steps applied so far, over all epochs */
  uint64_t samples;     /* in this batch; 0 outside one */
  double loss;          /* of this batch; NaN outside one */
  double learning_rate; /* of the current step */
  uint32_t outcome;     /* run_end, exception: how the run ended; epoch_end: TREINO_RUNNING, or why the epoch was cut short */
  uint32_t resumed;     /* run_begin: 1 where the run continues from a checkpoint */
  const char* text;     /* run_end, exception: the reason; checkpoint_saved: the path or the reason; "" otherwise */
} treino_event_info;

typedef struct treino_callback {
  uint32_t size;
  uint32_t reserved;
  uint64_t events; /* bit 1 << event for every event that on() wants; equals `events` of the description */
  /* [step] */
  treino_status (*on)(void* self, const treino_event_info* event, treino_error* error);
  /* [control] May be NULL. After create: the events this instance wants, a part of `events`. */
  uint64_t (*wanted)(void* self);
} treino_callback;

#ifdef __cplusplus
}
#endif

#endif
