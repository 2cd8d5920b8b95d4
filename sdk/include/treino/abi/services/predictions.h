/* Service: predictions and targets of the batch. */
#ifndef TREINO_ABI_SERVICES_PREDICTIONS_H
#define TREINO_ABI_SERVICES_PREDICTIONS_H

#include <treino/abi/plugin.h>
#include <treino/abi/problem.h>
#include <treino/abi/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TREINO_PREDICTIONS_SERVICE "treino.predictions/1"
typedef struct treino_predictions {
  uint32_t size;
  uint32_t reserved;
  /* [step] In batch_end, validation_batch_end, test_batch_end and predict_batch_end: the model's outputs (batch x outputs, float32), the
     targets (as treino_problem says; TREINO_MISSING where there are none) and the rows in their data set (batch, uint32): a sample's
     for each step of a sequence. */
  treino_status (*prediction)(const treino_host* host, treino_tensor* view);
  treino_status (*target)(const treino_host* host, treino_tensor* view);
  treino_status (*rows)(const treino_host* host, treino_tensor* view);
  /* [control] From run_begin on. */
  const treino_problem* (*problem)(const treino_host* host);
} treino_predictions;

#ifdef __cplusplus
}
#endif

#endif
