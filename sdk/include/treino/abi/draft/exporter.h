/* DRAFT 2 of the kind "exporter": writes a trained model in another format, for `treino export`.
 *
 * What draft means: this header may change in any release, and the contract's version says nothing of it. The description of an
 * exporter says `draft = 2`; a host that speaks another number refuses the plugin with a sentence. Every change here raises the
 * number. When two releases in a row have not changed it, the kind loses the word and its header moves into abi/. Whatever all
 * kinds have in common (lifecycle, description, errors, text, memory, threads) is that of the contract, today already: sdk/ABI.md.
 */
#ifndef TREINO_ABI_DRAFT_EXPORTER_H
#define TREINO_ABI_DRAFT_EXPORTER_H

#include <treino/abi/base.h>
#include <treino/abi/problem.h>
#include <treino/abi/services/model.h>
#include <treino/abi/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TREINO_EXPORTER_DRAFT 2u

/* What a layer has learned or measured. Frozen within a draft. */
typedef struct treino_model_array {
  const char* name;     /* within its layer: "weight", "bias", "running_mean", "running_var" */
  treino_tensor values; /* float32, rows without gaps */
  uint32_t learned;     /* 0: measured while training, as running statistics are */
  uint32_t reserved;
} treino_model_array;

/* Frozen within a draft. Shapes are those of a sample, without the batch: {64}, or {channels, height, width}. */
typedef struct treino_model_layer {
  const char* type; /* "conv2d": `treino describe conv2d` says what it computes; "input": the sample's features from the setting
                       `first` on, in the output's shape, which [data] inputs of the manifest names; these come before all others */
  const char* name; /* "conv2d_1" */
  const treino_parameter*
      settings; /* all that the type takes, with its defaults: booleans, integers, reals, text, lists of integers */
  const treino_model_array* arrays;
  const int64_t* input_shape;
  const int64_t* output_shape;
  uint32_t setting_count;
  uint32_t array_count;
  uint32_t input_rank;
  uint32_t output_rank;
  const uint32_t*
      inputs; /* indices of the layers that it reads, of those before it, or TREINO_MODEL_INPUT; input_shape: of the first */
  uint32_t input_count;
  uint32_t reserved;
} treino_model_layer;

/* What becomes of a sample's features before the first layer. Arrays have an entry for each feature. */
typedef struct treino_model_input {
  uint32_t size;
  uint32_t rank;
  const int64_t* shape;     /* of a sample, as it is given */
  int64_t features;         /* the product of the shape */
  const double* offset;     /* x' = (x - offset) * gain, in double, then rounded to float32; NULL: x' = x */
  const double* gain;       /* NULL where offset is */
  const double* missing;    /* what takes the place of a NaN in x; NULL: there is none */
  const char* const* names; /* NULL where the data named none */
} treino_model_input;

typedef struct treino_trained_model {
  uint32_t size;
  uint32_t layer_count;
  const char* name; /* of the run that trained it */
  const treino_model_input* input;
  const treino_model_layer* layers; /* each after those that it reads; the last one's output is the model's */
  const treino_problem* problem;    /* its outputs and classes; `prediction` and `independent` say what the last layer puts out */
  const char* const* output_names;  /* of each output, its column of the target; NULL where there are no such names */
} treino_trained_model;

/* Where an exporter writes to. Nothing that is written is seen by anybody before the exporter has returned TREINO_OK. */
typedef struct treino_export_files {
  uint32_t size;
  uint32_t reserved;
  void* context;
  const char* stem; /* the name of the file that was asked for, without folder and last extension: "digits" */
  /* [control] Appends to the file that was asked for (extension NULL), or to one beside it that has this extension in place of its
     own (".h"). Fails where that cannot be written, or would be an input. */
  treino_status (*write)(void* context, const char* extension, const void* bytes, uint64_t count, treino_error* error);
} treino_export_files;

typedef struct treino_exporter {
  uint32_t size;
  uint32_t reserved;
  /* [control] Once after create. A model that it cannot write is refused before anything is written. */
  treino_status (*write)(void* self, const treino_trained_model* model, const treino_export_files* files, treino_error* error);
} treino_exporter;

#ifdef __cplusplus
}
#endif

#endif
