/* What losses and metrics are told of the data and the model. */
#ifndef TREINO_ABI_PROBLEM_H
#define TREINO_ABI_PROBLEM_H

#include <treino/abi/base.h>

#ifdef __cplusplus
extern "C" {
#endif

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
  uint32_t target;                /* TREINO_TARGET_... */
  uint32_t prediction;            /* TREINO_PREDICTION_...; for losses: VALUES or PROBABILITIES by the model's last layer */
  uint32_t independent;           /* 1: outputs are independent yes/no questions (sigmoid), not one choice among classes */
  int64_t outputs;                /* of the model, for each row: a sample, or a step of one where the output is a sequence */
  int64_t classes;                /* 0 where the target is values */
  int64_t batch_capacity;         /* the largest batch that will come, in such rows */
  const char* const* class_names; /* classes entries, or NULL */
  int64_t target_columns;         /* of the target's matrix; 1 for indices */
} treino_problem;

#ifdef __cplusplus
}
#endif

#endif
