/* Trained models, from file to file: what `treino evaluate`, `predict` and `export` do. For predictions from memory, see model.h. */
#ifndef TREINO_LIBRARY_TRAINED_H
#define TREINO_LIBRARY_TRAINED_H

#include <stdint.h>

#include "treino/library/base.h"
#include "treino/library/run.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct treino_trained_options {
  uint32_t size;
  uint32_t quiet;      /* not 0: nothing on standard output */
  const char* model;   /* a run's folder, or a model file (model.safetensors) alone */
  const char* weights; /* a checkpoint, in place of the run's model.safetensors; NULL: that */
  uint32_t trust;      /* not 0: the folder is the caller's own, whatever its manifest asks for (see SECURITY.md) */
  uint32_t setting_count;
  const char* const* settings; /* of evaluate and predict, as --set; of export the exporter's parameters, "outputs=logits" */
  const char* const* plugin_folders;
  uint32_t plugin_folder_count;
  uint32_t reserved;
  /* Receives each line that would be shown on standard output, as in treino_run_options. */
  void (*log)(void* context, const char* line);
  void* log_context;
  const char* output_layer; /* of predict: the layer whose output is written, one that has a loss; NULL: the last */
} treino_trained_options;

typedef struct treino_evaluation {
  uint32_t size;
  uint32_t part;       /* TREINO_PART_...: which of the run's own data, where `data` is NULL */
  const char* data;    /* a file of the training file's form, with the target; NULL: the run's own */
  const char* targets; /* its targets, where they are in a file of their own */
  uint32_t columns;    /* that a table may take, and lines; 0: any number. Larger ones come without text. */
  uint32_t lines;
  /* Receive loss and metrics, and then the tables and reports of metrics as texts. NULL: not asked for. */
  void (*scalar)(void* context, const treino_scalar* scalar);
  void (*table)(void* context, const char* title, const char* text);
  void* context;
} treino_evaluation;

TREINO_API treino_status treino_evaluate(const treino_trained_options* options, const treino_evaluation* evaluation,
                                         treino_error* error);

/* The outputs for each row of `data`, a file of the training file's form, as CSV: to the file `output`, which is there whole or not at
 * all, or, where that is NULL, to `write`. *rows, where it is not NULL, is how many there were. */
TREINO_API treino_status treino_predict(const treino_trained_options* options, const char* data, const char* output,
                                        treino_write_function write, void* context, uint64_t* rows, treino_error* error);

/* Writes the model by the exporter `exporter` to `output`, and what else the exporter writes beside it; NULL: beside the
 * model, by its name and the exporter's. Nothing is left where it fails. */
TREINO_API treino_status treino_export(const treino_trained_options* options, const char* exporter, const char* output,
                                       treino_error* error);

/* Writes a file for a user: it is there whole or not at all, and is never one of `inputs`, under whatever name. A device, a FIFO or an
 * open stream (/dev/stdout) is written to as it is. */
TREINO_API treino_status treino_write_file(const char* path, const char* bytes, uint64_t size, const char* const* inputs,
                                           uint32_t input_count, treino_error* error);

#ifdef __cplusplus
}
#endif

#endif
