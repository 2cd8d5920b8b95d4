/* Service: further sets of weights. */
#ifndef TREINO_ABI_SERVICES_WEIGHTS_H
#define TREINO_ABI_SERVICES_WEIGHTS_H

#include <treino/abi/plugin.h>
#include <treino/abi/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* further sets of values for all parameters (such as averages), kept and saved by the host, which can take the place of those being
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
  /* [step] The name of the set whose values were in the model when this scalar (of treino.scalars) was last measured; "" where it was
     the weights being trained, and for scalars of plugins. Valid until destroy. */
  const char* (*measured_with)(const treino_host* host, uint32_t scalar);
} treino_weights;

#ifdef __cplusplus
}
#endif

#endif
