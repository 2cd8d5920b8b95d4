/* A scheduler in C that fails when it is asked for a rate. */
#include <stdio.h>
#include <treino/abi.h>

#define TEXT "kind = \"scheduler\"\nid = \"thrower\"\nversion = \"1.0.0\"\nsummary = \"fails\"\nunit = \"step\"\n"
TREINO_NOTE(note, TEXT);

static int here;
static treino_status create(const treino_host* host, const treino_parameter* parameters, uint32_t count, void** self,
                            treino_error* error) {
  (void)host, (void)parameters, (void)count, (void)error;
  *self = &here;
  return TREINO_OK;
}
static void destroy(void* self) { (void)self; }
static treino_status rate(void* self, uint64_t t, double base, treino_schedule_value* value, treino_error* error) {
  (void)self, (void)t, (void)base, (void)value;
  snprintf(error->text, error->capacity, "thrown by the child");
  return TREINO_FAILED;
}

static const treino_lifecycle lifecycle = {sizeof lifecycle, 1, create, destroy, NULL, NULL, NULL};
static const treino_scheduler scheduler = {sizeof scheduler, 0, NULL, rate};
static const treino_component component = {sizeof component, 0, "scheduler", TEXT, &lifecycle, &scheduler};
static const treino_component* const components[] = {&component};
TREINO_EXPORT const treino_plugin treino_plugin_v0 = {
    sizeof(treino_plugin), TREINO_ABI_MAJOR, TREINO_ABI_MINOR, 1, 1, 0, components};
