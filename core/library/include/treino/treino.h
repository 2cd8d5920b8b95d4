/* Treino as a library, for C and for every language that calls C: runs from a manifest, and trained models. treino.hpp is the same
 * for C++.
 *
 * Rules. Handles are opaque; each has one open and one close, which takes NULL too. One thread at a time may use a handle; several
 * handles may be used on several threads at once. Structs begin with their size, which whoever makes them sets to sizeof: fields
 * that a later version adds at the end are then left alone. Functions that can fail return a treino_status and write the reason
 * into *error (NULL: nowhere), zero-terminated and cut to fit; nothing is thrown through them. Texts and arrays that are handed
 * out belong to the handle, and stay until its next call. What is handed in is copied, but for what a call writes to.
 */
#ifndef TREINO_TREINO_H
#define TREINO_TREINO_H

#include <stdint.h>

#include "treino/abi/base.h"

#if defined(TREINO_BUILDS_LIBRARY)
#define TREINO_API __attribute__((visibility("default")))
#else
#define TREINO_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Beside TREINO_OK and TREINO_FAILED: the manifest, the data or an argument cannot be used, and the error says where. */
enum { TREINO_BAD_INPUT = 3 };

/* "0.1.0" */
TREINO_API const char* treino_version(void);

typedef struct treino_scalar {
  const char* name;
  double value;
} treino_scalar;

/* ---- Runs ---- */

typedef struct treino_run_handle treino_run_handle;

typedef struct treino_run_options {
  uint32_t size;
  uint32_t quiet;       /* not 0: nothing on standard output */
  const char* manifest; /* a TOML file; with `text`, what errors call it and what its paths are relative to */
  const char* text;     /* a manifest as text, in place of the file; NULL: the file is read */
  const char* folder;   /* where the run's files go; NULL: as the manifest's [run] folder says */
  uint32_t setting_count;
  uint32_t plugin_folder_count;
  const char* const* settings;       /* "run.epochs=3": as `treino run --set` */
  const char* const* plugin_folders; /* as --plugin-path */
  /* Receives each line that would be shown on standard output, which then is not written to. NULL: none. On any thread, one at a
   * time. */
  void (*log)(void* context, const char* line);
  void* log_context;
} treino_run_options;

/* Opens no file yet but those that fit() needs then: faults come with check or fit. */
TREINO_API treino_status treino_run_open(const treino_run_options* options, treino_run_handle** run, treino_error* error);
TREINO_API void treino_run_close(treino_run_handle* run);

/* Samples in memory. */
typedef struct treino_samples {
  uint32_t size;
  uint32_t rank;         /* of shape */
  int64_t count;         /* samples */
  const int64_t* shape;  /* of one sample; NULL, rank 0 where `features` of a prediction have the model's shape */
  const float* features; /* count x shape; NaN is a missing value */
  const int64_t* labels; /* count classes, from 0; NULL: none */
  /* count x target_width values; NULL: none. At most one of labels and targets. They are values unless the manifest's target_kind says
   * that they are classes. */
  const float* targets;
  int64_t target_width;
  uint32_t class_count; /* of class_names; 0: classes are called by their numbers */
  uint32_t reserved;    /* 0 */
  const char* const* class_names;
} treino_samples;

enum { TREINO_PART_TRAIN = 0, TREINO_PART_VALIDATION = 1, TREINO_PART_TEST = 2 };

/* The run's data, in place of the file that [data] names for this part, which need not name one. What is split off, scaled, shuffled
 * and weighted is what the manifest says. Before fit. */
TREINO_API treino_status treino_run_set_samples(treino_run_handle* run, uint32_t part, const treino_samples* samples,
                                                treino_error* error);

typedef struct treino_epoch {
  uint32_t size;
  uint32_t scalar_count;
  uint64_t number;              /* from 1 */
  uint64_t epochs;              /* that the manifest asks for */
  const treino_scalar* scalars; /* loss, metrics, the same of validation with val_ before them, learning_rate */
} treino_epoch;

/* Called after each epoch, on the thread that called fit. What it returns ends the run, as early_stopped, where it is not 0. */
typedef int32_t (*treino_epoch_function)(void* context, const treino_epoch* epoch);
TREINO_API void treino_run_on_epoch(treino_run_handle* run, treino_epoch_function function, void* context);

/* Asks the run to end at the next step, as Ctrl-C does to the program: it is saved, and its outcome is TREINO_INTERRUPTED. From any
 * thread, and from signal handlers. */
TREINO_API void treino_run_interrupt(treino_run_handle* run);

typedef struct treino_run_result {
  uint32_t size;
  uint32_t outcome; /* TREINO_DONE and so on, of treino/abi/callback.h */
  uint64_t epochs;  /* that were ended */
  const char* reason;
  const char* folder; /* of the run: log.jsonl, model.safetensors, summary.json and what callbacks write */
  uint32_t scalar_count;
  uint32_t reserved;
  const treino_scalar* scalars; /* the last value of each */
} treino_run_result;

/* Everything that can be known before a run: TREINO_BAD_INPUT with one fault a line. Runs no plugin's code. */
TREINO_API treino_status treino_run_check(treino_run_handle* run, treino_error* error);

/* Trains in a new folder. TREINO_OK too where the run ends otherwise than it was to: the outcome says so, and TREINO_RUN_FAILED comes
 * with its reason. Once for a handle. */
TREINO_API treino_status treino_run_fit(treino_run_handle* run, treino_run_result* result, treino_error* error);
/* Continues the run in `folder` of the options, bit for bit, from its newest checkpoint; manifest and text are not looked at. Samples
 * that were in memory are to be given again. The folder is taken to be the caller's own (see SECURITY.md). */
TREINO_API treino_status treino_run_resume(treino_run_handle* run, treino_run_result* result, treino_error* error);

/* After fit or resume: loss and metrics of the model on other samples, or, with NULL, on the run's own part. Names begin with test_.
 */
TREINO_API treino_status treino_run_evaluate(treino_run_handle* run, const treino_samples* samples, uint32_t part,
                                             const treino_scalar** scalars, uint32_t* scalar_count, treino_error* error);

/* After fit or resume: writes the weights as a model file, which treino_model_open and `treino predict` take. */
TREINO_API treino_status treino_run_save(treino_run_handle* run, const char* path, treino_error* error);

/* ---- Plugins round a training loop of your own ----
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
 * Where one of them fails, the run is ended as failed, with its files whole, and the loop can only be closed.
 */

typedef struct treino_loop_handle treino_loop_handle;

/* Only manifest or text, folder, settings, plugin folders, quiet and log are looked at. A folder that holds a run is continued, from
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
} treino_loop_parameter;

/* Before begin. Float32 in the CPU's memory. */
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
/* Of the batch: predictions (samples x outputs), and labels or targets (samples x target_width). Once before step, where the manifest
 * names metrics. They stay where they are until step_done. */
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

/* ---- Trained models ---- */

typedef struct treino_model_handle treino_model_handle;

typedef struct treino_model_options {
  uint32_t size;
  uint32_t threads; /* 0: 1 */
  int64_t capacity; /* samples that are worked on at a time, for which memory is taken; 0: 64 */
} treino_model_options;

/* A model file (model.safetensors), or a run's folder. Nothing else is needed: no manifest, no plugins. `options` may be NULL. */
TREINO_API treino_status treino_model_open(const char* path, const treino_model_options* options, treino_model_handle** model,
                                           treino_error* error);
TREINO_API void treino_model_close(treino_model_handle* model);

/* The shape of a sample: *rank numbers. */
TREINO_API const int64_t* treino_model_shape(const treino_model_handle* model, uint32_t* rank);
/* Numbers in a sample, and in what is predicted for it. */
TREINO_API int64_t treino_model_inputs(const treino_model_handle* model);
TREINO_API int64_t treino_model_outputs(const treino_model_handle* model);
/* 0 where the model predicts values. */
TREINO_API int64_t treino_model_classes(const treino_model_handle* model);
/* NULL beyond the last. */
TREINO_API const char* treino_model_class_name(const treino_model_handle* model, int64_t index);

/* features: count samples, as they were before scaling; outputs: count x treino_model_outputs, which are probabilities where the model
 * was trained on classes, and the same numbers that `treino predict` writes. */
TREINO_API treino_status treino_model_predict(treino_model_handle* model, const float* features, int64_t count, float* outputs,
                                              treino_error* error);
/* The class that one sample's outputs mean: the largest, of equal ones the first; of a single output, class 1 where it exceeds one
 * half (of hinge losses: 0). -1 where there are no classes, or an output is NaN. */
TREINO_API int64_t treino_model_class_of(const treino_model_handle* model, const float* outputs);

#ifdef __cplusplus
}
#endif

#endif
