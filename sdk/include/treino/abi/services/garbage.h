/* Extension: memory that an instance can do without. */
#ifndef TREINO_ABI_SERVICES_GARBAGE_H
#define TREINO_ABI_SERVICES_GARBAGE_H

#include <treino/abi/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* of an instance that holds memory which it can do without (a script's garbage). */
#define TREINO_GARBAGE_EXTENSION "treino.garbage/1"
typedef struct treino_garbage {
  uint32_t size;
  uint32_t reserved;
  /* [step] Returns the number of bytes freed. */
  uint64_t (*collect)(void* self);
} treino_garbage;

#ifdef __cplusplus
}
#endif

#endif
