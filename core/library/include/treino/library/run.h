/* Runs: from a manifest, with data from files or from memory, to a trained model. */
#ifndef TREINO_LIBRARY_RUN_H
#define TREINO_LIBRARY_RUN_H

#include <stdint.h>

#include "treino/library/base.h"

#ifdef __cplusplus
extern "C" {
#endif

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
  /* Receives each line that would be shown on standard output, which then is not written to. (Where nobody reads standard output any
   * more, SIGPIPE ends the program, unless it ignores that signal, as it does with process.h.) NULL: none. On any thread, one at a
   * time. */
  void (*log)(void* context, const char* line);
  void* log_context;
  /* When a run is resumed. trust, not 0: the folder is the caller's own, whatever its manifest asks for; 0: a folder that no run of
   * this user has made may not name code or files beyond it (see SECURITY.md). restart, not 0: from the first epoch, whatever
   * checkpoints there are. */
  uint32_t trust;
  uint32_t restart;
  /* Not 0: fit() takes two batches of each pass, with every plugin, and keeps nothing. Its folder, and what plugins write as outputs of
   * theirs, wherever that would be, are in a temporary folder, which treino_run_close removes. */
  uint32_t dry;
  uint32_t reserved; /* 0 */
} treino_run_options;

/* Opens no file yet but those that fit() needs then: faults come with check or fit. */
TREINO_API treino_status treino_run_open(const treino_run_options* options, treino_run_handle** run, treino_error* error);
TREINO_API void treino_run_close(treino_run_handle* run);

/* Samples in memory. */
typedef struct treino_samples {
  uint32_t size;
  uint32_t rank;         /* of shape */
  int64_t count;         /* samples */
  const int64_t* shape;  /* of one sample; NULL, rank 0 in an evaluation: the model's */
  const float* features; /* count x shape; NaN is a missing value */
  const int64_t* labels; /* count x label_width classes, from 0; NULL: none */
  /* count x target_width values; NULL: none. At most one of labels and targets. They are values unless the manifest's target_kind says
   * that they are classes. */
  const float* targets;
  int64_t target_width;
  uint32_t class_count; /* of class_names; 0: classes are called by their numbers */
  uint32_t reserved;    /* 0 */
  const char* const* class_names;
  int64_t label_width; /* labels of a sample: one for each step where the model's output is a sequence; 0: 1 */
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
  uint64_t epochs;              /* planned */
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
  const char* resume_command;   /* by which the program treino continues the run: "treino resume ..." */
  const char* output_failure;   /* why standard output could not be written; NULL: it could, or its reader went away */
} treino_run_result;

/* Everything that can be known before a run: TREINO_FAULTS with one fault a line. Of plugins, it runs the
 * readers of [data] alone, which look at the heads of their files. */
TREINO_API treino_status treino_run_check(treino_run_handle* run, treino_error* error);

/* The same, and then what would run, as JSON: "name", "input" (a sample's shape, "8x8"), "layers" ("type", "output"), "optimizer"
 * ("plugin", "learning_rate"), "loss", "metrics", "schedulers", "callbacks", "events" (each "event" with its "callbacks" in the order in
 * which they receive it), "notes". */
TREINO_API treino_status treino_run_plan(treino_run_handle* run, treino_write_function write, void* context, treino_error* error);

typedef struct treino_schedule_point {
  uint64_t epoch, step; /* from 0; steps are 0 where by_step is 0 */
  double learning_rate;
  double momentum; /* NaN: no scheduler sets it */
} treino_schedule_point;

typedef struct treino_schedule {
  uint32_t size;
  uint32_t by_step; /* not 0: a scheduler counts steps, and there is a point for each; else one for each epoch */
  uint64_t epochs;
  uint64_t steps;           /* of all epochs; 0 where by_step is 0 and steps_per_epoch was not given */
  uint64_t steps_per_epoch; /* 0: they are not all alike, or not known */
  double base_learning_rate;
  uint64_t point_count;
  const treino_schedule_point* points;
  uint32_t scheduler_count;
  uint32_t note_count;
  const char* const* schedulers; /* names */
  const char* const* notes;      /* what else is to be said, of plugins that hide others */
} treino_schedule;

/* What the schedulers make of the base learning rate over the run, without training. Factors that callbacks set are not in it.
 * steps_per_epoch: 0: from the data, where a scheduler counts steps. */
TREINO_API treino_status treino_run_schedule(treino_run_handle* run, uint64_t steps_per_epoch, treino_schedule* schedule,
                                             treino_error* error);

/* The files that the run reads: what no output may be. */
TREINO_API treino_status treino_run_input_files(treino_run_handle* run, const char* const** files, uint32_t* count,
                                                treino_error* error);

/* Trains in a new folder. TREINO_OK too where the run ends otherwise than it was to: the outcome says so, and TREINO_RUN_FAILED comes
 * with its reason. Once for a handle. */
TREINO_API treino_status treino_run_fit(treino_run_handle* run, treino_run_result* result, treino_error* error);
/* Continues the run in `folder` of the options, bit for bit, from its newest checkpoint; manifest and text are not looked at. Samples
 * that were in memory are to be given again. */
TREINO_API treino_status treino_run_resume(treino_run_handle* run, treino_run_result* result, treino_error* error);

/* After fit or resume: loss and metrics of the model on other samples, or, with NULL, on the run's own part. Names begin with test_.
 */
TREINO_API treino_status treino_run_evaluate(treino_run_handle* run, const treino_samples* samples, uint32_t part,
                                             const treino_scalar** scalars, uint32_t* scalar_count, treino_error* error);

/* After fit or resume: writes the weights as a model file, which is never one of the run's files or inputs, and which treino_model_open and `treino predict` take. */
TREINO_API treino_status treino_run_save(treino_run_handle* run, const char* path, treino_error* error);

#ifdef __cplusplus
}
#endif

#endif
