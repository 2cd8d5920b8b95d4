/* Service: the run's log. */
#ifndef TREINO_ABI_SERVICES_LOG_H
#define TREINO_ABI_SERVICES_LOG_H

#include <treino/abi/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { TREINO_LOG_DEBUG = 0, TREINO_LOG_INFO = 1, TREINO_LOG_WARNING = 2, TREINO_LOG_ERROR = 3 };

#define TREINO_LOG_SERVICE "treino.log/1"
typedef struct treino_log {
  uint32_t size;
  uint32_t reserved;
  /* [any] Goes to the run's log and, from INFO up, on the screen, with the instance's name. */
  void (*log)(const treino_host* host, uint32_t level, const char* text);
} treino_log;

#ifdef __cplusplus
}
#endif

#endif
