/* A callback in plain C that fails at the end of the second epoch and gives no reason. */
#include <stddef.h>
#include <treino/abi.h>

#define TEXT              \
  "kind = \"callback\"\n" \
  "id = \"failer\"\n"     \
  "version = \"1.0.0\"\n" \
  "summary = \"fails\"\n" \
  "phase = \"measure\"\n" \
  "events = [\"epoch_end\"]\n"

TREINO_NOTE(note, TEXT);

static int instance;

static treino_status create(const treino_host* host, const treino_parameter* parameters, uint32_t count, void** self,
                            treino_error* error) {
  (void)host, (void)parameters, (void)count, (void)error;
  *self = &instance;
  return TREINO_OK;
}

static void destroy(void* self) { (void)self; }

static treino_status on(void* self, const treino_event_info* event, treino_error* error) {
  (void)self, (void)error;
  return event->epoch == 1 ? TREINO_FAILED : TREINO_OK;
}

static const treino_lifecycle lifecycle = {sizeof(treino_lifecycle), 1, create, destroy, NULL, NULL, NULL};
static const treino_callback functions = {sizeof(treino_callback), 0, 1u << TREINO_EPOCH_END, on, NULL};
static const treino_component component = {sizeof(treino_component), 0, "callback", TEXT, &lifecycle, &functions};
static const treino_component* const components[] = {&component};

const treino_plugin treino_plugin_v0 = {sizeof(treino_plugin), TREINO_ABI_MAJOR, TREINO_ABI_MINOR, 1, 1, 0, components};
