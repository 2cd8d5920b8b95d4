/* Service: plugins that are made of plugins. */
#ifndef TREINO_ABI_SERVICES_CHILDREN_H
#define TREINO_ABI_SERVICES_CHILDREN_H

#include <treino/abi/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Plugins that are made of plugins: a parameter of type "scheduler", "loss" or "metric" (or a list of them) is a table
   { plugin = "<id>", ... } that the host has checked like one of the manifest's own. */
#define TREINO_CHILDREN_SERVICE "treino.children/1"
typedef struct treino_child {
  uint32_t size;
  uint32_t state_version;
  void* self;
  const treino_lifecycle* lifecycle; /* the parent saves and loads its children; the host destroys them after the parent */
  const void* functions;
} treino_child;
typedef struct treino_children {
  uint32_t size;
  uint32_t reserved;
  /* [control] During create. */
  treino_status (*create)(const treino_host* host, const char* kind, const treino_value* table, treino_child* child,
                          treino_error* error);
} treino_children;

#ifdef __cplusplus
}
#endif

#endif
