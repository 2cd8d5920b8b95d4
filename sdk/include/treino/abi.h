/* The binary contract between Treino and its plugins: all of it, in C11.
 *
 * A plugin is a shared library that exports one data symbol, `treino_plugin_v0` (the ABI's major is in the name), and carries a
 * description of itself as TOML in an ELF note (TREINO_NOTE). The host reads the description without running code, checks the user's
 * parameters against it, and only then loads the library. Rules and reasons: sdk/ABI.md. C++ authors include <treino/callback.hpp>,
 * <treino/scheduler.hpp>, <treino/loss.hpp> or <treino/metric.hpp> instead, which are written over this header.
 *
 * Threads. [control] before the first and after the last step, on the thread that owns the run. [step] during the run; one instance is
 * never entered twice at once, but may be entered from another thread than before. [any] from any thread, at any time between create
 * and destroy.
 *
 * Growth. Every struct passed by pointer begins with `size`, grows only at its end and has no padding holes; who reads one from the other
 * side must not read past `size`. Structs marked "frozen" are passed in arrays or by value and never change.
 *
 * Text is UTF-8, zero-terminated unless a length stands beside it. Everything the other side hands over is borrowed for the call.
 */
#ifndef TREINO_ABI_H
#define TREINO_ABI_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* While the major is 0 the contract may still change; a change that old binaries do not survive raises TREINO_ABI_OLDEST_MINOR. */
#define TREINO_ABI_MAJOR 0u
#define TREINO_ABI_MINOR 3u
#define TREINO_ABI_OLDEST_MINOR 1u
#define TREINO_PLUGIN_SYMBOL "treino_plugin_v0"

/* ---- Results and errors ------------------------------------------------------------------------------------------------------------- */

typedef int32_t treino_status;
enum {
  TREINO_OK = 0,
  TREINO_FAILED = 1,  /* the text of the treino_error says why */
  TREINO_MISSING = 2  /* asked for something that is not there (yet); not an error */
};

/* A buffer that the caller owns; the callee writes zero-terminated text into it, cut to fit. */
typedef struct treino_error {
  uint32_t size;
  uint32_t capacity;
  char* text;
} treino_error;

/* ---- Values: what a manifest says of a plugin, typed and completed by the host ------------------------------------------------------ */

enum {
  TREINO_BOOL = 1,   /* integer, 0 or 1 */
  TREINO_INT = 2,    /* integer */
  TREINO_FLOAT = 3,  /* real */
  TREINO_TEXT = 4,   /* text, count bytes, zero-terminated as well */
  TREINO_LIST = 5,   /* list, count values */
  TREINO_TABLE = 6   /* table, count parameters */
};

struct treino_parameter;

/* Frozen. */
typedef struct treino_value {
  uint32_t type;
  uint32_t count;
  union {
    int64_t integer;
    double real;
    const char* text;
    const struct treino_value* list;
    const struct treino_parameter* table;
  } as;
} treino_value;

/* Frozen. */
typedef struct treino_parameter {
  const char* name;
  treino_value value;
} treino_parameter;

/* ---- Tensors ------------------------------------------------------------------------------------------------------------------------ */

/* DLPack's type and device codes. */
enum { TREINO_DTYPE_INT = 0, TREINO_DTYPE_UINT = 1, TREINO_DTYPE_FLOAT = 2 };
enum { TREINO_DEVICE_CPU = 1 };

/* A borrowed view, valid during the call. Strides count elements and may be 0 or negative; shape and strides have `rank` entries. Frozen. */
typedef struct treino_tensor {
  void* data;
  const int64_t* shape;
  const int64_t* strides;
  uint64_t byte_offset;
  uint32_t rank;
  uint8_t type_code;
  uint8_t type_bits;
  uint16_t type_lanes;
  int32_t device_type;
  int32_t device_id;
} treino_tensor;

/* ---- State -------------------------------------------------------------------------------------------------------------------------- */

/* Where save() writes its bytes. */
typedef struct treino_sink {
  uint32_t size;
  uint32_t reserved;
  void* context;
  treino_status (*write)(void* context, const void* bytes, uint64_t count);
} treino_sink;

/* Where load() reads them from: returns how many of `count` bytes it gave, 0 at the end. */
typedef struct treino_source {
  uint32_t size;
  uint32_t reserved;
  void* context;
  uint64_t (*read)(void* context, void* bytes, uint64_t count);
  uint64_t total; /* bytes in all */
} treino_source;

/* ---- The host, as an instance sees it ----------------------------------------------------------------------------------------------- */

/* One for each instance, valid from create to destroy. */
typedef struct treino_host {
  uint32_t size;
  uint32_t abi_minor;
  /* [any] A table of functions by name, "treino.log/1" say, or NULL when this host has none of that name. Never changes afterwards. */
  const void* (*service)(const struct treino_host* host, const char* name);
} treino_host;

/* ---- What all kinds have in common -------------------------------------------------------------------------------------------------- */

typedef struct treino_lifecycle {
  uint32_t size;
  uint32_t state_version; /* of what save() writes; load() gets the version that wrote */
  /* [control] Parameters are those of the description: checked, defaults filled in, absent where optional and not given. */
  treino_status (*create)(const treino_host* host, const treino_parameter* parameters, uint32_t count, void** self, treino_error* error);
  /* [control] Called once for each successful create. */
  void (*destroy)(void* self);
  /* [step] NULL where there is no state. Never called while another function of the instance runs. */
  treino_status (*save)(void* self, const treino_sink* sink, treino_error* error);
  /* [control] After create and prepare, before the first event. Refuses what save() did not write, and is then unchanged. */
  treino_status (*load)(void* self, const treino_source* source, uint32_t version, treino_error* error);
  /* [control] A table of functions of an extension by name, or NULL. May itself be NULL. */
  const void* (*extension)(void* self, const char* name);
} treino_lifecycle;

typedef struct treino_component {
  uint32_t size;
  uint32_t reserved;
  const char* kind;        /* "callback", "scheduler", "loss", "metric" */
  const char* description; /* the same TOML as in the note */
  const treino_lifecycle* lifecycle;
  const void* functions;   /* treino_callback, treino_scheduler, treino_loss or treino_metric */
} treino_component;

/* What `treino_plugin_v0` is. */
typedef struct treino_plugin {
  uint32_t size;
  uint32_t abi_major;
  uint32_t built_minor;  /* the header's it was compiled with */
  uint32_t needed_minor; /* the lowest it works with; raised only by using something newer */
  uint32_t component_count;
  uint32_t reserved;
  const treino_component* const* components;
} treino_plugin;

/* ---- Callbacks ---------------------------------------------------------------------------------------------------------------------- */

enum {
  TREINO_RUN_BEGIN = 0,
  TREINO_RUN_END = 1, /* always follows run_begin; outcome and text say how the run ended */
  TREINO_EPOCH_BEGIN = 2,
  TREINO_EPOCH_END = 3, /* numbers of training and validation are final */
  TREINO_BATCH_BEGIN = 4,
  TREINO_BATCH_END = 5,      /* after backward, and after the step where the batch completes one */
  TREINO_BACKWARD_END = 6,   /* gradients of the whole step are complete, as backward left them: look at them, or veto the step */
  TREINO_STEP_END = 7,       /* the optimizer has run */
  TREINO_VALIDATION_BEGIN = 8,
  TREINO_VALIDATION_END = 9,
  TREINO_VALIDATION_BATCH_BEGIN = 10,
  TREINO_VALIDATION_BATCH_END = 11,
  TREINO_TEST_BEGIN = 12,
  TREINO_TEST_END = 13,
  TREINO_TEST_BATCH_BEGIN = 14,
  TREINO_TEST_BATCH_END = 15,
  TREINO_PREDICT_BEGIN = 16,
  TREINO_PREDICT_END = 17,
  TREINO_PREDICT_BATCH_BEGIN = 18,
  TREINO_PREDICT_BATCH_END = 19,
  TREINO_CHECKPOINT_SAVED = 20, /* to the instance that asked: text is the path; outcome TREINO_DONE or TREINO_RUN_FAILED (then text says why) */
  TREINO_STEP_BEGIN = 21,       /* 0.2: the optimizer runs next; phase mutate may change the gradients, later phases see the final ones */
  /* 0.3: the run, a test or a prediction fails; outcome is TREINO_RUN_FAILED, text says why. At once, so before the ends of what is open;
     at the latest before run_end. Not for runs that diverged, were stopped early or interrupted, nor for an error in run_end itself. */
  TREINO_EXCEPTION = 22,
  /* 0.3: around the wait for a batch: `batch` is the one that is due; `samples` is known at the end. Not where no batch is due. */
  TREINO_FETCH_BEGIN = 23, /* of training */
  TREINO_FETCH_END = 24,
  TREINO_VALIDATION_FETCH_BEGIN = 25,
  TREINO_VALIDATION_FETCH_END = 26,
  TREINO_TEST_FETCH_BEGIN = 27,
  TREINO_TEST_FETCH_END = 28,
  TREINO_PREDICT_FETCH_BEGIN = 29,
  TREINO_PREDICT_FETCH_END = 30,
  TREINO_EVENT_COUNT = 31
};

enum {
  TREINO_RUNNING = 0,
  TREINO_DONE = 1,
  TREINO_EARLY_STOPPED = 2,
  TREINO_INTERRUPTED = 3,
  TREINO_DIVERGED = 4,
  TREINO_RUN_FAILED = 5
};

/* Where the run stands. Counts are from 0. */
typedef struct treino_moment {
  uint32_t size;
  uint32_t event;
  uint64_t epoch;        /* the current one */
  uint64_t epochs;       /* planned */
  uint64_t batch;        /* in this epoch, validation, test or prediction */
  uint64_t batches;      /* planned in it */
  uint64_t step;         /* optimizer steps applied so far, over all epochs */
  uint64_t samples;      /* in this batch; 0 outside one */
  double loss;           /* of this batch; NaN outside one */
  double rate;           /* learning rate of the current step */
  uint32_t outcome;      /* run_end, exception: how the run ended; epoch_end: TREINO_RUNNING, or why the epoch was cut short */
  uint32_t resumed;      /* run_begin: 1 where the run goes on from a checkpoint */
  const char* text;      /* run_end, exception: the reason; checkpoint_saved: the path or the reason; "" otherwise */
} treino_moment;

typedef struct treino_callback {
  uint32_t size;
  uint32_t reserved;
  uint64_t events; /* bit 1 << event for every event that on() wants; equals `events` of the description */
  /* [step] */
  treino_status (*on)(void* self, const treino_moment* moment, treino_error* error);
  /* [control] May be NULL. After create: the events this instance wants, a part of `events`. */
  uint64_t (*wanted)(void* self);
} treino_callback;

/* ---- Schedulers --------------------------------------------------------------------------------------------------------------------- */

typedef struct treino_schedule_plan {
  uint32_t size;
  uint32_t reserved;
  uint64_t total;           /* values t will take: 0 .. total - 1, in the scheduler's unit; 0 where unknown */
  uint64_t steps_per_epoch; /* 0 where unknown */
  double base;              /* the base rate at t = 0 */
} treino_schedule_plan;

/* Frozen. */
typedef struct treino_schedule_value {
  double rate;
  double momentum; /* NaN: leave it as it is */
} treino_schedule_value;

typedef struct treino_scheduler {
  uint32_t size;
  uint32_t reserved;
  /* [control] Once after create; may be NULL. Refuses plans that it cannot follow. */
  treino_status (*prepare)(void* self, const treino_schedule_plan* plan, treino_error* error);
  /* [any] A pure function of t and base. */
  treino_status (*rate)(void* self, uint64_t t, double base, treino_schedule_value* value, treino_error* error);
} treino_scheduler;

/* ---- Losses and metrics ------------------------------------------------------------------------------------------------------------- */

enum {
  TREINO_TARGET_VALUES = 1, /* target: batch x outputs, float32 */
  TREINO_TARGET_INDEX = 2,  /* target: batch, int32, 0 .. classes - 1 */
  TREINO_TARGET_ONE_HOT = 3 /* target: batch x classes, float32 */
};

enum {
  TREINO_PREDICTION_VALUES = 1,
  TREINO_PREDICTION_PROBABILITIES = 2,
  TREINO_PREDICTION_LOGITS = 3 /* before the softmax over outputs, or, with `independent`, before a sigmoid on each */
};

/* What the data and the model are, known before the first batch. What later calls are given has these outputs, classes and columns. */
typedef struct treino_problem {
  uint32_t size;
  uint32_t target;              /* TREINO_TARGET_... */
  uint32_t prediction;          /* TREINO_PREDICTION_...; for losses: VALUES or PROBABILITIES by the model's last layer */
  uint32_t independent;         /* 1: outputs are independent yes/no questions (sigmoid), not one choice among classes */
  int64_t outputs;              /* of the model, a sample */
  int64_t classes;              /* 0 where the target is values */
  int64_t batch_capacity;       /* the largest batch that will come */
  const char* const* class_names; /* classes entries, or NULL */
  int64_t target_columns;         /* of the target's matrix; 1 for indices */
} treino_problem;

/* Frozen. A loss over a batch is sum / weight (0 where weight is 0), so that batches add up to what one large batch would give. */
typedef struct treino_loss_value {
  double sum;
  double weight;
} treino_loss_value;

typedef struct treino_loss {
  uint32_t size;
  uint32_t reserved;
  /* [control] After create; not NULL. Checks that the loss fits the problem; allocates what evaluate needs. */
  treino_status (*prepare)(void* self, const treino_problem* problem, treino_error* error);
  /* [control] After prepare: TREINO_PREDICTION_... that it takes the model's outputs for; `independent` as in treino_problem. */
  uint32_t (*takes)(void* self, uint32_t* independent);
  /* [step] prediction: batch x outputs, float32; weight: batch, float32, finite and not below 0, or NULL; gradient: batch x outputs,
     float32, rows without gaps, set to d(sum / weight)/d(prediction), or NULL where only the value is wanted. The value's weight is finite
     and not below 0. What a sample of weight 0 holds is not looked at. */
  treino_status (*evaluate)(void* self, const treino_tensor* prediction, const treino_tensor* target, const treino_tensor* weight,
                            const treino_tensor* gradient, treino_loss_value* value, treino_error* error);
  /* 0.3: [control] After prepare; may be NULL. 1 where a batch's loss is a plain sum, whose weight is the same for every batch (reduction
     "sum"): the gradients of batches that make one step are added. 0, or NULL: they are averaged, each counting by its weight. */
  uint32_t (*adds_up)(void* self);
} treino_loss;

enum { TREINO_NO_DIRECTION = 0, TREINO_LOWER_IS_BETTER = 1, TREINO_HIGHER_IS_BETTER = 2 };

typedef struct treino_metric {
  uint32_t size;
  uint32_t reserved; /* a metric's lifecycle has save and load */
  /* [control] After create; not NULL. */
  treino_status (*prepare)(void* self, const treino_problem* problem, treino_error* error);
  /* [control] After prepare: how many values compute() gives (at most 2^24), their names (the first is usually the metric's id; no two are
     the same) and directions. Names stay valid until destroy or the next prepare. */
  uint32_t (*count)(void* self);
  const char* (*name)(void* self, uint32_t index);
  uint32_t (*direction)(void* self, uint32_t index);
  /* [step] As after prepare; allowed before the first update. */
  treino_status (*reset)(void* self, treino_error* error);
  /* [step] prediction, target and weight as for losses. A NaN among the predictions that count makes every value NaN until reset. */
  treino_status (*update)(void* self, const treino_tensor* prediction, const treino_tensor* target, const treino_tensor* weight,
                          treino_error* error);
  /* [step] Adds what another instance with the same parameters has counted, given as its saved state. */
  treino_status (*merge)(void* self, const treino_source* other, uint32_t version, treino_error* error);
  /* [step] `values` has count() entries. Leaves the counts as they are. */
  treino_status (*compute)(void* self, double* values, treino_error* error);
} treino_metric;

/* ---- Services ----------------------------------------------------------------------------------------------------------------------- */

enum { TREINO_LOG_DEBUG = 0, TREINO_LOG_INFO = 1, TREINO_LOG_WARNING = 2, TREINO_LOG_ERROR = 3 };

#define TREINO_LOG_SERVICE "treino.log/1"
typedef struct treino_log {
  uint32_t size;
  uint32_t reserved;
  /* [any] Goes to the run's log and, from INFO up, on the screen, with the instance's name. */
  void (*log)(const treino_host* host, uint32_t level, const char* text);
} treino_log;

#define TREINO_RUN_SERVICE "treino.run/1"
typedef struct treino_run_facts {
  uint32_t size;
  uint32_t resumed;
  const char* run;      /* [run] name */
  const char* folder;   /* of the run, absolute */
  const char* instance; /* the caller's instance name */
  uint64_t seed;
  uint64_t epochs;
  uint64_t batches_per_epoch;
  uint64_t steps_per_epoch;
  uint64_t training_samples;
  uint64_t validation_samples;
} treino_run_facts;
typedef struct treino_run {
  uint32_t size;
  uint32_t reserved;
  /* [any] Valid until destroy. Names, folder and seed hold from create on, the rest from run_begin on. */
  const treino_run_facts* (*facts)(const treino_host* host);
} treino_run;

/* The numbers of the run: "loss", every metric's values, the same with "val_" and "test_" before them, and what plugins declare. */
#define TREINO_NUMBERS_SERVICE "treino.numbers/1"
typedef struct treino_numbers {
  uint32_t size;
  uint32_t reserved;
  /* [control] How many there are, from run_begin on; their names stay valid until destroy. */
  uint32_t (*count)(const treino_host* host);
  const char* (*name)(const treino_host* host, uint32_t index);
  uint32_t (*direction)(const treino_host* host, uint32_t index);
  /* [control] From run_begin on. TREINO_FAILED with the nearest right name where there is none of that name. */
  treino_status (*find)(const treino_host* host, const char* name, uint32_t* index, treino_error* error);
  /* [control] During create: announces a number that this instance will emit. Its description must list it in `emits`. */
  treino_status (*declare)(const treino_host* host, const char* name, uint32_t direction, uint32_t* index, treino_error* error);
  /* [step] Gives a declared number its value for this epoch; the last one given counts. */
  treino_status (*emit)(const treino_host* host, uint32_t index, double value);
  /* [step] The value in this epoch: of what has been seen so far during it, final at epoch_end. TREINO_MISSING before there is one. */
  treino_status (*value)(const treino_host* host, uint32_t index, double* value);
} treino_numbers;

#define TREINO_CONTROL_SERVICE "treino.control/1"
typedef struct treino_control {
  uint32_t size;
  uint32_t reserved;
  /* Requests are acted on when every callback has heard the current event. */
  /* [any] Ends the run at the next safe point; outcome TREINO_EARLY_STOPPED, TREINO_DIVERGED or TREINO_RUN_FAILED. */
  void (*stop)(const treino_host* host, uint32_t outcome, const char* reason);
  /* [step] In backward_end: the optimizer is not run on these gradients; step and schedulers do not move. */
  void (*skip_step)(const treino_host* host, const char* reason);
  /* [step] Keeps weights and optimizer state in memory (one copy a run), and goes back to them. TREINO_MISSING where nothing is kept. */
  treino_status (*remember)(const treino_host* host);
  treino_status (*roll_back)(const treino_host* host, const char* reason);
  /* 0.2 */
  /* [step] Where weights may be set (see set_parameter): at once, trains up to `steps` batches of the first epoch's order, unheard by
     any plugin but through `next`, and puts weights, optimizer state and running statistics back as they were. `next` is called before
     each batch, and once after the last, with the number of batches done and the loss of the one before (NaN at first); it returns the
     rate for the next batch, or NaN to end. Wraps round where `steps` is more than an epoch. */
  treino_status (*rehearse)(const treino_host* host, uint64_t steps, double (*next)(void* context, uint64_t done, double loss),
                            void* context, treino_error* error);
  /* [step] Where weights may be set: at once, runs the training data through the model and makes running statistics (batch_norm's) the
     averages over it. TREINO_MISSING where the model has none. */
  treino_status (*estimate_statistics)(const treino_host* host, treino_error* error);
  /* [step] Asks every plugin with the extension TREINO_GARBAGE_EXTENSION to free what it can; the sum of what they say they freed. */
  uint64_t (*collect_garbage)(const treino_host* host);
} treino_control;

/* 0.2: of an instance that holds memory which it can do without (a script's garbage). */
#define TREINO_GARBAGE_EXTENSION "treino.garbage/1"
typedef struct treino_garbage {
  uint32_t size;
  uint32_t reserved;
  /* [step] Returns the number of bytes freed. */
  uint64_t (*collect)(void* self);
} treino_garbage;

/* 0.2: of a metric (or a loss) that has more to show than numbers. */
#define TREINO_REPORT_EXTENSION "treino.report/1"
typedef struct treino_report {
  uint32_t size;
  uint32_t reserved;
  /* [step] UTF-8 text of what has been counted, lines of at most 80 columns; leaves the counts as they are. */
  treino_status (*report)(void* self, const treino_sink* sink, treino_error* error);
} treino_report;

/* 0.3: rows x columns of numbers with a name for each, such as a confusion matrix. */
typedef struct treino_table {
  uint32_t size;
  uint32_t reserved;
  const char* name;        /* "confusion_matrix" */
  const char* row_kind;    /* what the rows are ("class"), or "" */
  const char* column_kind; /* what the columns are ("predicted as"), or "" */
  uint64_t rows;
  uint64_t columns;
  const char* const* row_names;    /* rows entries */
  const char* const* column_names; /* columns entries */
  const double* values;            /* rows x columns, row by row */
} treino_table;

/* 0.3: of a metric whose result is tables; what is in a table is not among its scalars, of which there may be none (count() is 0). */
#define TREINO_TABLE_EXTENSION "treino.table/1"
typedef struct treino_metric_tables {
  uint32_t size;
  uint32_t reserved;
  /* [control] After prepare, and the same from then on: how many tables there are; at most 64. */
  uint32_t (*count)(void* self);
  /* [step] Table `index` of what has been counted; leaves the counts as they are. Names, rows and columns are the same from prepare on; at
     most 2^28 values. What the table points to is valid until the next call of the instance. */
  treino_status (*table)(void* self, uint32_t index, treino_table* table, treino_error* error);
} treino_metric_tables;

/* 0.3: what the metrics' tables were at the end of the last pass through data of each kind. */
#define TREINO_TABLE_SERVICE "treino.table/1"
typedef struct treino_tables {
  uint32_t size;
  uint32_t reserved;
  /* [step] How many there are, from run_begin on; those of a test are added before test_begin. */
  uint32_t (*count)(const treino_host* host);
  /* [step] A table as it was at the end of the last pass through its data, from epoch_end, validation_end or test_end on. Of training it has
     the metric's name for it, of validation and test the same with "val_" and "test_" before it. TREINO_MISSING where the pass has not been
     made since the run began or was resumed: then `table` has all but the values. What it points to is valid during the event. */
  treino_status (*table)(const treino_host* host, uint32_t index, treino_table* table);
} treino_tables;

#define TREINO_RATE_SERVICE "treino.rate/1"
typedef struct treino_rate {
  uint32_t size;
  uint32_t reserved;
  /* rate = base -> schedulers in order -> all factors multiplied -> not below the largest floor */
  /* [step] The rate that the next step will use. */
  double (*current)(const treino_host* host);
  /* [step] The base that schedulers act on. */
  double (*base)(const treino_host* host);
  void (*set_base)(const treino_host* host, double rate);
  /* [step] This instance's factor (1 at first) and floor (0 at first). They are the plugin's to save and, on load, to set again. */
  void (*set_factor)(const treino_host* host, double factor, double floor);
  /* 0.2 */
  /* [step] The factors that are set, with the names of the instances that set them. Names stay valid until destroy. */
  uint32_t (*factor_count)(const treino_host* host);
  treino_status (*factor)(const treino_host* host, uint32_t index, const char** who, double* factor);
  /* [step] What the optimizer uses for the current step; NaN where it has none. */
  double (*momentum)(const treino_host* host);
  double (*weight_decay)(const treino_host* host);
} treino_rate;

#define TREINO_CHECKPOINT_SERVICE "treino.checkpoint/1"
enum { TREINO_SAVE_WEIGHTS = 0, TREINO_SAVE_EVERYTHING = 1 };
enum {
  TREINO_SAVE_LATER = 1, /* copied at the safe point, written by a thread of the host's; one at a time, a second one waits */
  /* 0.3: with LATER: the run goes on past the ends of epochs while the file is written; checkpoint_saved comes at the first safe point
     after it is there, at the latest before run_end. For files of which only the newest counts; a host that lacks it waits as ever. */
  TREINO_SAVE_UNAWAITED = 2
};
typedef struct treino_checkpoint {
  uint32_t size;
  uint32_t reserved;
  /* [step] Asks for a file at `path` (absolute), written durably when every callback has heard the event, read back, and answered by
     checkpoint_saved to the caller. EVERYTHING is what `treino resume` goes on from. Folders on the way are made. */
  void (*save)(const treino_host* host, const char* path, uint32_t contents);
  /* 0.2: the same with `weights`, the name of a set (treino.weights) whose values are saved in the weights' place, or "" for those being
     trained, wherever they are swapped to; and with flags TREINO_SAVE_... A file of EVERYTHING holds all sets: there `weights` says
     (from 0.3 on; before it was without effect) which of them a model takes that is loaded from the file and not trained further. */
  void (*save_as)(const treino_host* host, const char* path, uint32_t contents, const char* weights, uint32_t flags);
} treino_checkpoint;

/* 0.3: files that a plugin writes without that a parameter of type `output` names them ("last.safetensors" beside the others). */
#define TREINO_OUTPUTS_SERVICE "treino.outputs/1"
typedef struct treino_outputs {
  uint32_t size;
  uint32_t reserved;
  /* [control] During create: announces that this instance will write `path` (absolute; placeholders stand for themselves). TREINO_FAILED,
     with the other's name, where that is an input of the run, a file of the run itself or what another instance writes. */
  treino_status (*claim)(const treino_host* host, const char* path, treino_error* error);
} treino_outputs;

#define TREINO_MODEL_SERVICE "treino.model/1"
typedef struct treino_layer_facts {
  uint32_t size;
  uint32_t reserved;
  const char* name;
  const char* type;
  const int64_t* output_shape; /* without the batch */
  uint64_t output_rank;
  int64_t parameters;
  int64_t trainable;
  int64_t flops;            /* forward, one sample */
  int64_t activation_bytes; /* one sample */
} treino_layer_facts;
typedef struct treino_model {
  uint32_t size;
  uint32_t reserved;
  /* [step] From create on. Names stay valid until destroy. */
  uint32_t (*parameter_count)(const treino_host* host);
  const char* (*parameter_name)(const treino_host* host, uint32_t index);
  uint32_t (*parameter_trainable)(const treino_host* host, uint32_t index);
  /* [step] A view of the live values; reading it is allowed at any event, writing through it never. */
  treino_status (*parameter)(const treino_host* host, uint32_t index, treino_tensor* view);
  /* [step] The gradient; writing through the view is allowed in step_begin to callbacks of phase
     mutate. TREINO_MISSING where not trainable. */
  treino_status (*gradient)(const treino_host* host, uint32_t index, treino_tensor* view);
  /* [step] Sets the values from a float32 tensor of the same shape; allowed at every event but those between batch_begin and step_end. */
  treino_status (*set_parameter)(const treino_host* host, uint32_t index, const treino_tensor* values, treino_error* error);
  uint32_t (*layer_count)(const treino_host* host);
  treino_status (*layer)(const treino_host* host, uint32_t index, treino_layer_facts* facts);
  /* 0.2: [step] Where weights may be set, and from create on. A parameter that is not trainable keeps its value, whatever the optimizer
     does. It is the plugin's to save, and to set again in run_begin. TREINO_FAILED for running statistics, which never are. */
  treino_status (*set_trainable)(const treino_host* host, uint32_t index, uint32_t trainable, treino_error* error);
} treino_model;

/* 0.2: further sets of values for all parameters (averages, say), kept and saved by the host, which can take the place of those being
   trained for a while. */
#define TREINO_WEIGHTS_SERVICE "treino.weights/1"
typedef struct treino_weights {
  uint32_t size;
  uint32_t reserved;
  /* [control] In create or run_begin: a set of this name (lower case, digits, underscores; one owner each), at first equal to the weights
     that the run begins with; a resumed run finds it as it was saved. */
  treino_status (*make)(const treino_host* host, const char* name, uint32_t* set, treino_error* error);
  /* [step] A view of the set's values of a parameter (running statistics as well); its owner may write through it. */
  treino_status (*view)(const treino_host* host, uint32_t set, uint32_t parameter, treino_tensor* view);
  /* [step] Where weights may be set: exchanges the set's values with those of the model. What was exchanged during validation, test or
     prediction is changed back by the host when that ends, also when it fails; what was exchanged elsewhere stays so until the next
     exchange, through a resume as well. */
  treino_status (*swap)(const treino_host* host, uint32_t set, treino_error* error);
  /* [step] 1 while the set's values are in the model. */
  uint32_t (*swapped)(const treino_host* host, uint32_t set);
  /* [step] From run_begin on: the set of this name, whoever made it, to be looked at or saved. TREINO_FAILED with the nearest right name
     where there is none. */
  treino_status (*find)(const treino_host* host, const char* name, uint32_t* set, treino_error* error);
  /* 0.3: [step] The name of the set whose values were in the model when this number (of treino.numbers) was last measured; "" where it was
     the weights being trained, and for numbers of plugins. Valid until destroy. */
  const char* (*measured_with)(const treino_host* host, uint32_t number);
} treino_weights;

/* 0.2: where the time goes. Costs nothing while nobody has started it. */
#define TREINO_PROFILE_SERVICE "treino.profile/1"
enum {
  TREINO_SPAN_FORWARD = 0,   /* subject: layer */
  TREINO_SPAN_BACKWARD = 1,  /* subject: layer */
  TREINO_SPAN_LOSS = 2,      /* subject: the loss' instance */
  TREINO_SPAN_METRIC = 3,    /* subject: instance */
  TREINO_SPAN_OPTIMIZER = 4,
  TREINO_SPAN_DATA = 5,      /* the loop waits for a batch */
  TREINO_SPAN_EVENT = 6,     /* a callback hears an event; subject: instance */
  TREINO_SPAN_BATCH = 7,     /* a batch as a whole, from batch_begin to batch_end */
  TREINO_SPAN_SAVE = 8,      /* the loop writes a checkpoint */
  TREINO_SPAN_PASS_BATCH = 9, /* 0.3: a batch of validation, test or prediction as a whole; event: the one that began it */
  TREINO_SPAN_COUNT = 10
};
/* Frozen. Nanoseconds of a steady clock. */
typedef struct treino_span {
  uint64_t begin;
  uint64_t end;
  uint32_t category; /* TREINO_SPAN_... */
  uint32_t subject;  /* 0 where there is none */
  uint32_t event;    /* TREINO_SPAN_EVENT, TREINO_SPAN_PASS_BATCH: which one; 0 otherwise */
  uint32_t reserved;
} treino_span;
/* Frozen. */
typedef struct treino_span_total {
  uint64_t nanoseconds;
  uint64_t count;
} treino_span_total;
typedef struct treino_profile {
  uint32_t size;
  uint32_t reserved;
  /* [step] Records spans of the categories in `mask` (bits 1 << TREINO_SPAN_...) for this instance, until stop; of the spans themselves at
     most `capacity` are kept, the others are only counted. What was recorded before is dropped. */
  treino_status (*start)(const treino_host* host, uint64_t mask, uint64_t capacity, treino_error* error);
  void (*stop)(const treino_host* host);
  /* [step] What has been kept, in the order in which spans ended; valid until the next start, or until the next event while recording.
     `dropped` may be NULL. */
  uint64_t (*spans)(const treino_host* host, const treino_span** spans, uint64_t* dropped);
  treino_span_total (*total)(const treino_host* host, uint32_t category);
  /* [step] The name of a span's subject; "" where it has none. Valid until destroy. */
  const char* (*subject)(const treino_host* host, uint32_t category, uint32_t subject);
  /* [any] The clock that spans are measured with. */
  uint64_t (*now)(void);
} treino_profile;

#define TREINO_PREDICTIONS_SERVICE "treino.predictions/1"
typedef struct treino_predictions {
  uint32_t size;
  uint32_t reserved;
  /* [step] In batch_end, validation_batch_end, test_batch_end and predict_batch_end: the model's outputs (batch x outputs, float32), the
     targets (as treino_problem says; TREINO_MISSING where there are none) and the samples' rows in their data set (batch, uint32). */
  treino_status (*prediction)(const treino_host* host, treino_tensor* view);
  treino_status (*target)(const treino_host* host, treino_tensor* view);
  treino_status (*rows)(const treino_host* host, treino_tensor* view);
  /* [control] From run_begin on. */
  const treino_problem* (*problem)(const treino_host* host);
} treino_predictions;

#define TREINO_RANDOM_SERVICE "treino.random/1"
typedef struct treino_random {
  uint32_t size;
  uint32_t reserved;
  /* [any] In [0, 1): depends on the run's seed, the instance's name, `step` and `index` only, so that there is no state to save. */
  double (*uniform)(const treino_host* host, uint64_t step, uint64_t index);
} treino_random;

/* The terminal belongs to the host, so that bars and log lines never tear. */
#define TREINO_SCREEN_SERVICE "treino.screen/1"
typedef struct treino_screen {
  uint32_t size;
  uint32_t reserved;
  /* [any] 0 where standard output is no terminal; its width now; 1 where colours are welcome (NO_COLOR, TERM). */
  uint32_t (*is_terminal)(const treino_host* host);
  uint32_t (*columns)(const treino_host* host);
  uint32_t (*colours)(const treino_host* host);
  /* [any] A line that stays. */
  void (*line)(const treino_host* host, const char* text);
  /* [any] The line at the bottom, redrawn in place, cut to the width; "" removes it. Does nothing where there is no terminal. */
  void (*status)(const treino_host* host, const char* text);
} treino_screen;

/* Plugins that are made of plugins: a parameter of type "scheduler", "loss" or "metric" (or a list of them) is a table
   { plugin = "<id>", ... } that the host has checked like one of the manifest's own. */
#define TREINO_CHILDREN_SERVICE "treino.children/1"
typedef struct treino_child {
  uint32_t size;
  uint32_t state_version;
  void* self;
  const treino_lifecycle* lifecycle; /* the parent saves and loads its children; the host destroys them after the parent */
  const void* functions;
} treino_child;
typedef struct treino_children {
  uint32_t size;
  uint32_t reserved;
  /* [control] During create. */
  treino_status (*create)(const treino_host* host, const char* kind, const treino_value* table, treino_child* child, treino_error* error);
} treino_children;

/* ---- The note ----------------------------------------------------------------------------------------------------------------------- */

#define TREINO_NOTE_NAME "Treino"
#define TREINO_NOTE_TYPE 1u

/* For plugins in C: puts `toml` (a string literal) where the host finds it, one note a component. */
#define TREINO_NOTE(variable, toml)                                                             \
  static const struct {                                                                         \
    uint32_t name_size, description_size, type;                                                 \
    char name[8];                                                                               \
    char description[(sizeof(toml) + 3) / 4 * 4];                                               \
  } variable __attribute__((section(".note.treino"), used, aligned(4))) = {sizeof(TREINO_NOTE_NAME), sizeof(toml), TREINO_NOTE_TYPE, \
                                                                           TREINO_NOTE_NAME, toml}

#if defined(_WIN32)
#define TREINO_EXPORT __declspec(dllexport)
#else
#define TREINO_EXPORT __attribute__((visibility("default")))
#endif

extern TREINO_EXPORT const treino_plugin treino_plugin_v0;

#ifdef __cplusplus
}
#endif

#endif
