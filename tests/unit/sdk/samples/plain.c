/* Two components in one library, in plain C over nothing but abi.h: a callback that counts epochs, and a constant scheduler. */
#include <stdlib.h>
#include <treino/abi.h>

#define COUNTER_TEXT              \
  "kind = \"callback\"\n"         \
  "id = \"plain_counter\"\n"      \
  "version = \"1.0.0\"\n"         \
  "summary = \"counts epochs\"\n" \
  "phase = \"measure\"\n"         \
  "events = [\"epoch_end\"]\n"    \
  "state_version = 3\n"

#define CONSTANT_TEXT                         \
  "kind = \"scheduler\"\n"                    \
  "id = \"plain_constant\"\n"                 \
  "version = \"1.0.0\"\n"                     \
  "summary = \"the base rate, whatever t\"\n" \
  "unit = \"step\"\n"

TREINO_NOTE(counter_note, COUNTER_TEXT);
TREINO_NOTE(constant_note, CONSTANT_TEXT);

static treino_status create(const treino_host* host, const treino_parameter* parameters, uint32_t count, void** self,
                            treino_error* error) {
  (void)host, (void)parameters, (void)count, (void)error;
  *self = calloc(1, sizeof(uint64_t));
  return *self != NULL ? TREINO_OK : TREINO_FAILED;
}

static treino_status save(void* self, const treino_sink* sink, treino_error* error) {
  (void)error;
  return sink->write(sink->context, self, sizeof(uint64_t));
}

static treino_status load(void* self, const treino_source* source, uint32_t version, treino_error* error) {
  uint64_t epochs = 0;
  (void)error;
  if (version != 3 || source->total != sizeof epochs || source->read(source->context, &epochs, sizeof epochs) != sizeof epochs)
    return TREINO_FAILED;
  *(uint64_t*)self = epochs;
  return TREINO_OK;
}

static treino_status on(void* self, const treino_event_info* event, treino_error* error) {
  (void)error;
  if (event->type == TREINO_EPOCH_END) ++*(uint64_t*)self;
  return TREINO_OK;
}

static treino_status rate(void* self, uint64_t t, double base, treino_schedule_value* value, treino_error* error) {
  (void)self, (void)t, (void)error;
  value->learning_rate = base;
  return TREINO_OK;
}

static const treino_lifecycle counter_lifecycle = {sizeof(treino_lifecycle), 3, create, free, save, load, NULL};
static const treino_lifecycle constant_lifecycle = {sizeof(treino_lifecycle), 1, create, free, NULL, NULL, NULL};
static const treino_callback counter_functions = {sizeof(treino_callback), 0, 1u << TREINO_EPOCH_END, on, NULL};
static const treino_scheduler constant_functions = {sizeof(treino_scheduler), 0, NULL, rate};
static const treino_component counter = {sizeof(treino_component), 0, "callback", COUNTER_TEXT, &counter_lifecycle,
                                         &counter_functions};
static const treino_component constant = {sizeof(treino_component), 0, "scheduler", CONSTANT_TEXT, &constant_lifecycle,
                                          &constant_functions};
static const treino_component* const components[] = {&counter, &constant};

const treino_plugin treino_plugin_v0 = {
    sizeof(treino_plugin), TREINO_ABI_MAJOR, TREINO_ABI_MINOR, TREINO_ABI_OLDEST_MINOR, 2, 0, components};
