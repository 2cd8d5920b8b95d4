/* A layer that wants to save a state of its own, which the kind forbids. */
#include <stddef.h>
#include <treino/abi.h>
#include <treino/abi/draft/layer.h>

#define DESCRIPTION "kind = \"layer\"\ndraft = 1\nid = \"stateful_layer\"\nversion = \"1\"\nsummary = \"s\"\nhelp = \"h\"\n"
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
static treino_status prepare(void* self, const treino_layer_shape* inputs, uint32_t count, treino_layer_plan* plan,
                             treino_error* error) {
  (void)self, (void)inputs, (void)count, (void)plan, (void)error;
  return TREINO_OK;
}
static treino_status forward(void* self, const treino_layer_forward* pass, treino_error* error) {
  (void)self, (void)pass, (void)error;
  return TREINO_OK;
}
static treino_status backward(void* self, const treino_layer_backward* pass, treino_error* error) {
  (void)self, (void)pass, (void)error;
  return TREINO_OK;
}

static const treino_lifecycle lifecycle = {sizeof(treino_lifecycle), 1, create, destroy, save, load, NULL};
static const treino_layer functions = {sizeof(treino_layer), 0, prepare, forward, backward};
static const treino_component component = {sizeof(treino_component), 0, "layer", DESCRIPTION, &lifecycle, &functions};
static const treino_component* const components[] = {&component};
const treino_plugin treino_plugin_v0 = {
    sizeof(treino_plugin), TREINO_ABI_MAJOR, TREINO_ABI_MINOR, TREINO_ABI_OLDEST_MINOR, 1, 0, components};
