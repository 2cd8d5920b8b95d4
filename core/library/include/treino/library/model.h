/* Trained models: predictions from one file. */
#ifndef TREINO_LIBRARY_MODEL_H
#define TREINO_LIBRARY_MODEL_H

#include <stdint.h>

#include "treino/library/base.h"

#ifdef __cplusplus
extern "C" {
#endif

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

/* The shape of a sample: *rank numbers. These functions take NULL, too, and answer 0, NULL or -1. */
TREINO_API const int64_t* treino_model_shape(const treino_model_handle* model, uint32_t* rank);
/* Numbers in a sample, and in what is predicted for it. */
TREINO_API int64_t treino_model_inputs(const treino_model_handle* model);
TREINO_API int64_t treino_model_outputs(const treino_model_handle* model);
/* Steps of what is predicted where that is a sequence, steps x numbers of a step; else 1. */
TREINO_API int64_t treino_model_steps(const treino_model_handle* model);
/* 0 where the model predicts values. */
TREINO_API int64_t treino_model_classes(const treino_model_handle* model);
/* NULL beyond the last. */
TREINO_API const char* treino_model_class_name(const treino_model_handle* model, int64_t index);

/* features: count samples, as they were before scaling; outputs: count x treino_model_outputs, which are probabilities where the model
 * was trained on classes, and the same numbers that `treino predict` writes. */
TREINO_API treino_status treino_model_predict(treino_model_handle* model, const float* features, int64_t count, float* outputs,
                                              treino_error* error);
/* The class that one sample's outputs mean, of a sequence those of one step: the largest, of equal ones the first; of a single output,
 * class 1 where it exceeds one half (of hinge losses: 0). -1 where there are no classes, or an output is NaN. */
TREINO_API int64_t treino_model_class_of(const treino_model_handle* model, const float* outputs);

#ifdef __cplusplus
}
#endif

#endif
