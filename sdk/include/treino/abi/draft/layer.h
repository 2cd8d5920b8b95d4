/* DRAFT 1 of the kind "layer": computes a layer of the model and its gradients, for `{ plugin = "...", ... }` among the layers of [model].
 *
 * A draft as abi/draft/exporter.h says: this header may change in any release, and the contract's version says nothing of it. The
 * description says `draft = 1`, and `inputs`, how many layers it reads: `inputs = 2`, or `inputs = [2, 4]` for two to four; 1 where it
 * says nothing.
 *
 * prepare is called once for each layer, before anything else: it is told the shapes of what the layer reads, and answers with the shape
 * of its output, its parameters, and the memory that it needs. An error there is told at the layer's place in the manifest.
 *
 * All memory is the host's: outputs, parameters, gradients, and a workspace, whose values a forward leaves for its backward. An instance
 * computes several shards of a batch in turn, so that what differs from call to call is kept in the workspace and nowhere else. Layers
 * have no save and no load.
 *
 * Arrays are float32, contiguous, in row-major order, a sample's values side by side: rows x size of the shape.
 *
 * Reproducible: results depend on the arguments alone, not on the number of threads, and each sample's output on that sample alone, since
 * a batch may be divided among processes. Forward changes no parameter: what is measured over a batch, such as running statistics, is
 * not part of this draft.
 */
#ifndef TREINO_ABI_DRAFT_LAYER_H
#define TREINO_ABI_DRAFT_LAYER_H

#include <treino/abi/base.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TREINO_LAYER_DRAFT 1u

/* The most parameters of a layer, and the most axes of a shape. */
#define TREINO_LAYER_MOST_PARAMETERS 64u
#define TREINO_LAYER_MOST_RANK 8u

/* Of a sample, without the batch: {64}, or {channels, height, width}. Frozen within a draft. */
typedef struct treino_layer_shape {
  const int64_t* sizes;
  uint32_t rank;
  uint32_t reserved;
} treino_layer_shape;

/* Frozen within a draft. */
typedef struct treino_layer_parameter {
  const char* name; /* letters, digits and underscores: "weight" is the model's "swiglu_1/weight" */
  const int64_t* shape;
  const char* initializer; /* one of those that `treino describe dense` lists: "glorot_uniform", "zeros" */
  const float* values;     /* what it begins with, in place of an initializer; NULL: as the initializer draws */
  double gain;             /* what is drawn is multiplied by it; above 0 */
  int64_t fan_in;          /* how many inputs feed one output, and how many outputs one input feeds; at least 1 */
  int64_t fan_out;
  uint32_t rank;
  uint32_t learns; /* 0: it keeps its values, and has no gradient */
} treino_layer_parameter;

/* What the host does about the size of a parameter that learns. Frozen within a draft. */
typedef struct treino_layer_regularizer {
  double l1; /* l1 * sum |w| + l2 * sum w^2 counts in the loss, and in the gradient; at least 0 */
  double l2;
  double
      max_norm; /* after each step, columns (along the last axis) with a larger Euclidean norm are scaled down to it; 0: no limit */
} treino_layer_regularizer;

/* What prepare answers. The host hands it over with `size` set, `reads_inputs` 1, `prediction` VALUES and all else 0. */
typedef struct treino_layer_plan {
  uint32_t size;
  uint32_t output_rank;
  const int64_t* output_shape;              /* sizes of at least 1; valid until destroy, as are the parameters */
  const treino_layer_parameter* parameters; /* in the order in which forward and backward find them */
  int64_t workspace;                        /* numbers for each sample, kept from its forward to its backward */
  int64_t operations;                       /* of a sample's forward, for reports: see treino_layer_info::flops */
  uint32_t parameter_count;                 /* at most TREINO_LAYER_MOST_PARAMETERS */
  uint32_t reads_inputs;                    /* 0: backward does not look at the inputs, whose memory others may have then */
  uint32_t reads_output;                    /* 1: backward looks at the output */
  uint32_t prediction;  /* what the output is where no layer follows: TREINO_PREDICTION_VALUES or ..._PROBABILITIES */
  uint32_t independent; /* 1: independent probabilities, see treino_problem */
  uint32_t reserved;
  const treino_layer_regularizer* regularizers; /* one for each parameter; NULL: none */
} treino_layer_plan;

typedef struct treino_layer_forward {
  uint32_t size;
  uint32_t training; /* 1: a backward may follow, and a layer that drops samples or adds noise does so; 0: neither */
  int64_t rows;      /* samples, at least 1 */
  int64_t first_row; /* the first one's place in the batch, of which these may be a part */
  uint64_t seed; /* of the run's seed, the layer and the step. A sample's random numbers follow from it and the sample's place in
                        the batch, so that they are the same however the batch is divided */
  const float* const* inputs; /* rows x size of each */
  float* output;              /* rows x size; set */
  const float* const* parameters;
  float* workspace; /* rows x workspace; NULL where that is 0 */
} treino_layer_forward;

/* Of the rows of the last forward with the same workspace, which was one of training. Gradients are added to: the host has set to 0
   what is to begin there. */
typedef struct treino_layer_backward {
  uint32_t size;
  uint32_t reserved;
  int64_t rows;
  int64_t first_row;
  uint64_t seed;
  const float* const* inputs; /* of each: NULL where plan.reads_inputs is 0 */
  const float* output;        /* NULL where plan.reads_output is 0 */
  const float* output_gradient;
  const float* const* parameters;
  float* workspace;
  float* const* input_gradients;     /* of each: NULL where nobody wants it */
  float* const* parameter_gradients; /* of each: NULL where it does not learn, or not now */
} treino_layer_backward;

typedef struct treino_layer {
  uint32_t size;
  uint32_t reserved;
  /* [control] Once after create. Fills `plan`. What inputs do not fit is an error. */
  treino_status (*prepare)(void* self, const treino_layer_shape* inputs, uint32_t count, treino_layer_plan* plan,
                           treino_error* error);
  /* [step] Allocates nothing. May share its work with treino.threads/1. Where it fails the run ends; so does backward. */
  treino_status (*forward)(void* self, const treino_layer_forward* pass, treino_error* error);
  /* [step] The same. */
  treino_status (*backward)(void* self, const treino_layer_backward* pass, treino_error* error);
} treino_layer;

#ifdef __cplusplus
}
#endif

#endif
