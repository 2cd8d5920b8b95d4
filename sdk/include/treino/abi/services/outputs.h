/* Service: files that no parameter names. */
#ifndef TREINO_ABI_SERVICES_OUTPUTS_H
#define TREINO_ABI_SERVICES_OUTPUTS_H

#include <treino/abi/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

/* files that a plugin writes without that a parameter of type `output` names them ("last.safetensors" beside the others). */
#define TREINO_OUTPUTS_SERVICE "treino.outputs/1"
typedef struct treino_outputs {
  uint32_t size;
  uint32_t reserved;
  /* [control] During create: announces that this instance will write `path` (absolute; placeholders stand for themselves). TREINO_FAILED,
     with the other's name, where that is an input of the run, a file of the run itself or what another instance writes. */
  treino_status (*claim)(const treino_host* host, const char* path, treino_error* error);
} treino_outputs;

#ifdef __cplusplus
}
#endif

#endif
