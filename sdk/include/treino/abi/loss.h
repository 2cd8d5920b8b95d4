/* What a loss exports: the value of a batch and the gradient of it. */
#ifndef TREINO_ABI_LOSS_H
#define TREINO_ABI_LOSS_H

#include <treino/abi/problem.h>
#include <treino/abi/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

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
  /* [control] After prepare; may be NULL. 1 where a batch's loss is a plain sum, whose weight is the same for every batch (reduction
     "sum"): the gradients of batches that make one step are added. 0, or NULL: they are averaged, each counting by its weight. */
  uint32_t (*adds_up)(void* self);
} treino_loss;

#ifdef __cplusplus
}
#endif

#endif
