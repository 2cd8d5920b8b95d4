/* Twice its input, in C, without parameters or a workspace: the least that the kind asks for. */
#include <stddef.h>
#include <stdlib.h>
#include <treino/abi.h>
#include <treino/abi/draft/layer.h>

#define DESCRIPTION "kind = \"layer\"\ndraft = 1\nid = \"plain_layer\"\nversion = \"1\"\nsummary = \"s\"\nhelp = \"h\"\n"
TREINO_NOTE(note, DESCRIPTION);

typedef struct {
  int64_t shape[TREINO_LAYER_MOST_RANK];
  int64_t size;
} plain;

static treino_status create(const treino_host* host, const treino_parameter* parameters, uint32_t count, void** self,
                            treino_error* error) {
  (void)host, (void)parameters, (void)count, (void)error;
  *self = malloc(sizeof(plain));
  return TREINO_OK;
}
static void destroy(void* self) { free(self); }

static treino_status prepare(void* self, const treino_layer_shape* inputs, uint32_t count, treino_layer_plan* plan,
                             treino_error* error) {
  (void)count, (void)error;
  plain* own = self;
  own->size = 1;
  for (uint32_t i = 0; i < inputs[0].rank; ++i) own->size *= own->shape[i] = inputs[0].sizes[i];
  plan->output_rank = inputs[0].rank;
  plan->output_shape = own->shape;
  plan->reads_inputs = 0;
  return TREINO_OK;
}
static treino_status forward(void* self, const treino_layer_forward* pass, treino_error* error) {
  (void)error;
  for (int64_t i = 0; i < pass->rows * ((plain*)self)->size; ++i) pass->output[i] = 2 * pass->inputs[0][i];
  return TREINO_OK;
}
static treino_status backward(void* self, const treino_layer_backward* pass, treino_error* error) {
  (void)error;
  if (pass->inputs[0] != NULL) return TREINO_FAILED;
  if (pass->input_gradients[0] == NULL) return TREINO_OK;
  for (int64_t i = 0; i < pass->rows * ((plain*)self)->size; ++i) pass->input_gradients[0][i] += 2 * pass->output_gradient[i];
  return TREINO_OK;
}

static const treino_lifecycle lifecycle = {sizeof(treino_lifecycle), 1, create, destroy, NULL, NULL, NULL};
static const treino_layer functions = {sizeof(treino_layer), 0, prepare, forward, backward};
static const treino_component component = {sizeof(treino_component), 0, "layer", DESCRIPTION, &lifecycle, &functions};
static const treino_component* const components[] = {&component};
const treino_plugin treino_plugin_v0 = {
    sizeof(treino_plugin), TREINO_ABI_MAJOR, TREINO_ABI_MINOR, TREINO_ABI_OLDEST_MINOR, 1, 0, components};
