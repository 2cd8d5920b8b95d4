/* The version of the contract; results, errors, and values of parameters. */
#ifndef TREINO_ABI_BASE_H
#define TREINO_ABI_BASE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* While the major is 0 the contract may still change; a change that old binaries do not survive raises TREINO_ABI_OLDEST_MINOR. */
#define TREINO_ABI_MAJOR 0u
#define TREINO_ABI_MINOR 4u
#define TREINO_ABI_OLDEST_MINOR 4u

typedef int32_t treino_status;
enum {
  TREINO_OK = 0,
  TREINO_FAILED = 1, /* the text of the treino_error says why */
  TREINO_MISSING = 2 /* asked for something that is not there (yet); not an error */
};

/* A buffer that the caller owns; the callee writes zero-terminated text into it, cut to fit. */
typedef struct treino_error {
  uint32_t size;
  uint32_t capacity;
  char* text;
} treino_error;

enum {
  TREINO_BOOL = 1,  /* integer, 0 or 1 */
  TREINO_INT = 2,   /* integer */
  TREINO_FLOAT = 3, /* real */
  TREINO_TEXT = 4,  /* text, count bytes, zero-terminated as well */
  TREINO_LIST = 5,  /* list, count values */
  TREINO_TABLE = 6  /* table, count parameters */
};

struct treino_parameter;

/* Frozen. */
typedef struct treino_value {
  uint32_t type;
  uint32_t count;
  union {
    int64_t integer;
    double real;
    const char* text;
    const struct treino_value* list;
    const struct treino_parameter* table;
  } as;
} treino_value;

/* Frozen. */
typedef struct treino_parameter {
  const char* name;
  treino_value value;
} treino_parameter;

#ifdef __cplusplus
}
#endif

#endif
