/* Its description says closure = true and it asks for none, or, built without DECLARES_CLOSURE, the other way round. */
#include <stddef.h>
#include <stdlib.h>
#include <treino/abi.h>
#include <treino/abi/draft/optimizer.h>

#ifdef DECLARES_CLOSURE
#define ID "unused_closure"
#define CLOSURE "closure = true\n"
#else
#define ID "undeclared_closure"
#define CLOSURE ""
#endif
#define DESCRIPTION "kind = \"optimizer\"\ndraft = 1\nid = \"" ID "\"\nversion = \"1\"\nsummary = \"s\"\nhelp = \"h\"\n" CLOSURE
TREINO_NOTE(note, DESCRIPTION);

static treino_status create(const treino_host* host, const treino_parameter* parameters, uint32_t count, void** self,
                            treino_error* error) {
  (void)host, (void)parameters, (void)count, (void)error;
  *self = malloc(1);
  return TREINO_OK;
}
static void destroy(void* self) { free(self); }

static treino_status prepare(void* self, const treino_optimizer_parameter* parameters, uint32_t count,
                             treino_optimizer_needs* needs, treino_error* error) {
  (void)self, (void)parameters, (void)count, (void)error;
#ifdef DECLARES_CLOSURE
  (void)needs;
#else
  needs->closure = 1;
#endif
  return TREINO_OK;
}
static treino_status begin_step(void* self, const treino_optimizer_step* step, treino_error* error) {
  (void)self, (void)step, (void)error;
  return TREINO_OK;
}
static treino_status update(void* self, const treino_optimizer_slice* slice, treino_error* error) {
  (void)self, (void)slice, (void)error;
  return TREINO_OK;
}

static const treino_lifecycle lifecycle = {sizeof(treino_lifecycle), 1, create, destroy, NULL, NULL, NULL};
static const treino_optimizer functions = {sizeof(treino_optimizer), 0, prepare, begin_step, update};
static const treino_component component = {sizeof(treino_component), 0, "optimizer", DESCRIPTION, &lifecycle, &functions};
static const treino_component* const components[] = {&component};
const treino_plugin treino_plugin_v0 = {
    sizeof(treino_plugin), TREINO_ABI_MAJOR, TREINO_ABI_MINOR, TREINO_ABI_OLDEST_MINOR, 1, 0, components};
