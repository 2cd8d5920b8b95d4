/* What all functions of the library have in common: results and scalars. */
#ifndef TREINO_LIBRARY_BASE_H
#define TREINO_LIBRARY_BASE_H

#include <stdint.h>

#include "treino/abi/base.h"

#if defined(TREINO_BUILDS_LIBRARY)
#define TREINO_API __attribute__((visibility("default")))
#else
#define TREINO_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Beside TREINO_OK and TREINO_FAILED: the manifest, the data or an argument cannot be used, and the error says where. */
enum {
  TREINO_BAD_INPUT = 3,
  TREINO_FAULTS = 4 /* the same of a manifest: each line of the error is a fault, and begins with its place, file:line:column */
};

/* "0.1.0" */
TREINO_API const char* treino_version(void);

/* Receives `size` bytes of a text, which may come in several pieces. What it returns ends the writing where it is not 0. */
typedef int32_t (*treino_write_function)(void* context, const char* bytes, uint64_t size);

typedef struct treino_scalar {
  const char* name;
  double value;
} treino_scalar;

#ifdef __cplusplus
}
#endif

#endif
