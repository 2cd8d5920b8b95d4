/* A loss in plain C that breaks the promise which its parameter `fault` names: see misbehaving_metrics_test.cpp. */
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <treino/abi.h>

#define TEXT                         \
  "kind = \"loss\"\n"                \
  "id = \"bad_loss\"\n"              \
  "version = \"1.0.0\"\n"            \
  "summary = \"breaks a promise\"\n" \
  "target = [\"index\"]\n"           \
  "[parameters.fault]\n"             \
  "type = \"string\"\n"              \
  "default = \"none\"\n"             \
  "doc = \"which\"\n"                \
  "[parameters.reduction]\n"         \
  "type = \"string\"\n"              \
  "default = \"mean\"\n"             \
  "doc = \"of nothing\"\n"           \
  "[parameters.losses]\n"            \
  "type = \"list\"\n"                \
  "items = \"loss\"\n"               \
  "doc = \"none of which is used\"\n"

TREINO_NOTE(note, TEXT);

typedef struct {
  char fault[32];
} instance;

static int is(void* self, const char* fault) { return strcmp(((instance*)self)->fault, fault) == 0; }

static treino_status create(const treino_host* host, const treino_parameter* parameters, uint32_t count, void** self,
                            treino_error* error) {
  instance* made = calloc(1, sizeof *made);
  (void)host, (void)error;
  for (uint32_t i = 0; i < count; ++i)
    if (strcmp(parameters[i].name, "fault") == 0) strncpy(made->fault, parameters[i].value.as.text, sizeof made->fault - 1);
  *self = made;
  return TREINO_OK;
}
static void destroy(void* self) { free(self); }
static treino_status prepare(void* self, const treino_problem* problem, treino_error* error) {
  (void)self, (void)problem, (void)error;
  return TREINO_OK;
}
static uint32_t takes(void* self, uint32_t* independent) {
  *independent = is(self, "independent") ? 5 : 0;
  return is(self, "takes") ? 4000000000u : is(self, "takes nothing") ? 0 : TREINO_PREDICTION_VALUES;
}
static treino_status evaluate(void* self, const treino_tensor* prediction, const treino_tensor* target,
                              const treino_tensor* weight, const treino_tensor* gradient, treino_loss_value* value,
                              treino_error* error) {
  (void)target, (void)weight, (void)error;
  value->sum = 1;
  value->weight = is(self, "negative weight")   ? -1
                  : is(self, "NaN weight")      ? (double)NAN
                  : is(self, "infinite weight") ? (double)INFINITY
                                                : (double)prediction->shape[0];
  if (gradient != NULL) memset(gradient->data, 0, sizeof(float) * (size_t)(gradient->shape[0] * gradient->shape[1]));
  return TREINO_OK;
}

static const treino_lifecycle lifecycle = {sizeof(treino_lifecycle), 1, create, destroy, NULL, NULL, NULL};
static const treino_loss functions = {sizeof(treino_loss), 0, prepare, takes, evaluate, NULL};
static const treino_component component = {sizeof(treino_component), 0, "loss", TEXT, &lifecycle, &functions};
static const treino_component* const components[] = {&component};

const treino_plugin treino_plugin_v0 = {sizeof(treino_plugin), TREINO_ABI_MAJOR, TREINO_ABI_MINOR, 1, 1, 0, components};
