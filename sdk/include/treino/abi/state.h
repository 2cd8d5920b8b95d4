/* How the state of an instance is written and read. */
#ifndef TREINO_ABI_STATE_H
#define TREINO_ABI_STATE_H

#include <treino/abi/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Where save() writes its bytes. */
typedef struct treino_sink {
  uint32_t size;
  uint32_t reserved;
  void* context;
  treino_status (*write)(void* context, const void* bytes, uint64_t count);
} treino_sink;

/* Where load() reads them from: returns how many of `count` bytes it gave, 0 at the end. */
typedef struct treino_source {
  uint32_t size;
  uint32_t reserved;
  void* context;
  uint64_t (*read)(void* context, void* bytes, uint64_t count);
  uint64_t total; /* bytes in all */
} treino_source;

#ifdef __cplusplus
}
#endif

#endif
