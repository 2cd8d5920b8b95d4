/* What a plugin is: the host as an instance sees it, what all kinds have in common, the exported symbol, the note. */
#ifndef TREINO_ABI_PLUGIN_H
#define TREINO_ABI_PLUGIN_H

#include <treino/abi/base.h>
#include <treino/abi/state.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One for each instance, valid from create to destroy. */
typedef struct treino_host {
  uint32_t size;
  uint32_t abi_minor;
  /* [any] A table of functions by name, "treino.log/1" say, or NULL when this host has none of that name. Never changes afterwards. */
  const void* (*service)(const struct treino_host* host, const char* name);
} treino_host;

typedef struct treino_lifecycle {
  uint32_t size;
  uint32_t state_version; /* of what save() writes; load() gets the version that wrote */
  /* [control] Parameters are those of the description: checked, defaults filled in, absent where optional and not given. */
  treino_status (*create)(const treino_host* host, const treino_parameter* parameters, uint32_t count, void** self,
                          treino_error* error);
  /* [control] Called once for each successful create. */
  void (*destroy)(void* self);
  /* [step] NULL where there is no state. Never called while another function of the instance runs. */
  treino_status (*save)(void* self, const treino_sink* sink, treino_error* error);
  /* [control] After create and prepare, before the first event. Refuses what save() did not write, and is then unchanged. */
  treino_status (*load)(void* self, const treino_source* source, uint32_t version, treino_error* error);
  /* [control] A table of functions of an extension by name, or NULL. May itself be NULL. */
  const void* (*extension)(void* self, const char* name);
} treino_lifecycle;

typedef struct treino_component {
  uint32_t size;
  uint32_t reserved;
  const char* kind;        /* "callback", "scheduler", "loss", "metric" */
  const char* description; /* the same TOML as in the note */
  const treino_lifecycle* lifecycle;
  const void* functions; /* treino_callback, treino_scheduler, treino_loss or treino_metric */
} treino_component;

/* What `treino_plugin_v0` is. */
typedef struct treino_plugin {
  uint32_t size;
  uint32_t abi_major;
  uint32_t built_minor;  /* the header's it was compiled with */
  uint32_t needed_minor; /* the lowest it works with; raised only by using something newer */
  uint32_t component_count;
  uint32_t reserved;
  const treino_component* const* components;
} treino_plugin;

#define TREINO_PLUGIN_SYMBOL "treino_plugin_v0"

#define TREINO_NOTE_NAME "Treino"
#define TREINO_NOTE_TYPE 1u

/* For plugins in C: puts `toml` (a string literal) where the host finds it, one note a component. */
#define TREINO_NOTE(variable, toml)                                                                                \
  static const struct {                                                                                            \
    uint32_t name_size, description_size, type;                                                                    \
    char name[8];                                                                                                  \
    char description[(sizeof(toml) + 3) / 4 * 4];                                                                  \
  } variable __attribute__((section(".note.treino"), used, aligned(4))) = {sizeof(TREINO_NOTE_NAME), sizeof(toml), \
                                                                           TREINO_NOTE_TYPE, TREINO_NOTE_NAME, toml}

#if defined(_WIN32)
#define TREINO_EXPORT __declspec(dllexport)
#else
#define TREINO_EXPORT __attribute__((visibility("default")))
#endif

extern TREINO_EXPORT const treino_plugin treino_plugin_v0;

#ifdef __cplusplus
}
#endif

#endif
