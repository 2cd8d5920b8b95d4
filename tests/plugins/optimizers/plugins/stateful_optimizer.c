/* An optimizer that wants to save a state of its own, which the kind forbids. */
#include <stddef.h>
#include <treino/abi.h>
#include <treino/abi/draft/optimizer.h>

#define DESCRIPTION \
  "kind = \"optimizer\"\ndraft = 1\nid = \"stateful_optimizer\"\nversion = \"1\"\nsummary = \"s\"\nhelp = \"h\"\n"
TREINO_NOTE(note, DESCRIPTION);

static treino_status create(const treino_host* host, const treino_parameter* parameters, uint32_t count, void** self,
                            treino_error* error) {
  (void)host, (void)parameters, (void)count, (void)self, (void)error;
  return TREINO_OK;
}
static void destroy(void* self) { (void)self; }
static treino_status save(void* self, const treino_sink* sink, treino_error* error) {
  (void)self, (void)sink, (void)error;
  return TREINO_OK;
}
static treino_status load(void* self, const treino_source* source, uint32_t version, treino_error* error) {
  (void)self, (void)source, (void)version, (void)error;
  return TREINO_OK;
}
static treino_status prepare(void* self, const treino_optimizer_parameter* parameters, uint32_t count,
                             treino_optimizer_needs* needs, treino_error* error) {
  (void)self, (void)parameters, (void)count, (void)needs, (void)error;
  return TREINO_OK;
}
static treino_status update(void* self, const treino_optimizer_slice* slice, treino_error* error) {
  (void)self, (void)slice, (void)error;
  return TREINO_OK;
}

static const treino_lifecycle lifecycle = {sizeof(treino_lifecycle), 1, create, destroy, save, load, NULL};
static const treino_optimizer functions = {sizeof(treino_optimizer), 0, prepare, NULL, update};
static const treino_component component = {sizeof(treino_component), 0, "optimizer", DESCRIPTION, &lifecycle, &functions};
static const treino_component* const components[] = {&component};
const treino_plugin treino_plugin_v0 = {
    sizeof(treino_plugin), TREINO_ABI_MAJOR, TREINO_ABI_MINOR, TREINO_ABI_OLDEST_MINOR, 1, 0, components};
