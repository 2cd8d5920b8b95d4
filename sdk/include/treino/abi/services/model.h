/* Service: the model's layers, parameters and gradients. */
#ifndef TREINO_ABI_SERVICES_MODEL_H
#define TREINO_ABI_SERVICES_MODEL_H

#include <treino/abi/plugin.h>
#include <treino/abi/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TREINO_MODEL_SERVICE "treino.model/1"
/* In place of a layer's index: the model's input. */
#define TREINO_MODEL_INPUT 0xffffffffu
typedef struct treino_layer_info {
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
  const uint32_t* inputs;   /* indices of the layers that it reads, of those before it, or TREINO_MODEL_INPUT */
  uint64_t input_count;
} treino_layer_info;
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
  treino_status (*layer)(const treino_host* host, uint32_t index, treino_layer_info* info);
  /* [step] Where weights may be set, and from create on. A parameter that is not trainable keeps its value, whatever the optimizer
     does. It is the plugin's to save, and to set again in run_begin. TREINO_FAILED for running statistics, which never are. */
  treino_status (*set_trainable)(const treino_host* host, uint32_t index, uint32_t trainable, treino_error* error);
} treino_model;

#ifdef __cplusplus
}
#endif

#endif
