/* Service: the terminal. */
#ifndef TREINO_ABI_SERVICES_SCREEN_H
#define TREINO_ABI_SERVICES_SCREEN_H

#include <treino/abi/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The terminal belongs to the host, so that bars and log lines never tear. */
#define TREINO_SCREEN_SERVICE "treino.screen/1"
typedef struct treino_screen {
  uint32_t size;
  uint32_t reserved;
  /* [any] 0 where standard output is no terminal; its width now; 1 where colors are welcome (NO_COLOR, TERM). */
  uint32_t (*is_terminal)(const treino_host* host);
  uint32_t (*columns)(const treino_host* host);
  uint32_t (*colors)(const treino_host* host);
  /* [any] A line that stays. */
  void (*line)(const treino_host* host, const char* text);
  /* [any] The line at the bottom, redrawn in place, cut to the width; "" removes it. Does nothing where there is no terminal. */
  void (*status)(const treino_host* host, const char* text);
} treino_screen;

#ifdef __cplusplus
}
#endif

#endif
