/* A metric in plain C that breaks the promise which its parameter `fault` names: see misbehaving_metrics_test.cpp. */
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <treino/abi.h>

#define TEXT                                \
  "kind = \"metric\"\n"                     \
  "id = \"bad_metric\"\n"                   \
  "version = \"1.0.0\"\n"                   \
  "summary = \"breaks a promise\"\n"        \
  "target = [\"index\"]\n"                  \
  "scalars = [\"bad_metric\", \"bad_*\"]\n" \
  "[parameters.fault]\n"                    \
  "type = \"string\"\n"                     \
  "default = \"none\"\n"                    \
  "doc = \"which\"\n"

TREINO_NOTE(note, TEXT);

typedef struct {
  char fault[32];
  int updates;
} instance;

static int is(void* self, const char* fault) { return strcmp(((instance*)self)->fault, fault) == 0; }

static treino_status create(const treino_host* host, const treino_parameter* parameters, uint32_t count, void** self,
                            treino_error* error) {
  instance* made = calloc(1, sizeof *made);
  (void)host, (void)error;
  if (count > 0) strncpy(made->fault, parameters[0].value.as.text, sizeof made->fault - 1);
  *self = made;
  return TREINO_OK;
}
static void destroy(void* self) { free(self); }
static treino_status save(void* self, const treino_sink* sink, treino_error* error) {
  (void)error;
  return sink->write(sink->context, &((instance*)self)->updates, sizeof(int));
}
static treino_status load(void* self, const treino_source* source, uint32_t version, treino_error* error) {
  (void)version, (void)error;
  source->read(source->context, &((instance*)self)->updates, sizeof(int));
  return TREINO_OK;
}

static uint32_t table_count(void* self) { return is(self, "too many tables") ? 4000000000u : 1; }
static treino_status table(void* self, uint32_t index, treino_table* to, treino_error* error) {
  static const char* const names[] = {"a", "b"};
  static const char* const holes[] = {"a", NULL};
  static const double values[4] = {1, 2, 3, 4};
  const int later = ((instance*)self)->updates > 0;
  (void)index, (void)error;
  if (is(self, "no table") && later) return TREINO_FAILED;
  to->name = is(self, "nameless table") ? NULL : "bad_table";
  to->rows = is(self, "huge table") ? UINT64_MAX / 2 : is(self, "growing table") && later ? 1 : 2;
  to->columns = 2;
  to->row_names = is(self, "table without a row's name") ? holes : names;
  to->column_names = is(self, "table without columns' names") ? NULL : names;
  to->values = is(self, "table without values") ? NULL : values;
  return TREINO_OK;
}
static treino_status report(void* self, const treino_sink* sink, treino_error* error) {
  (void)self, (void)error;
  return sink->write(sink->context, "a report\n", 9);
}
static const void* extension(void* self, const char* name) {
  static const treino_metric_tables tables = {sizeof tables, 0, table_count, table};
  static const treino_metric_tables without_functions = {sizeof tables, 0, NULL, NULL};
  static const treino_metric_tables short_one = {8, 0, table_count, table};
  static const treino_report reports = {sizeof reports, 0, report};
  static const treino_report empty_report = {sizeof reports, 0, NULL};
  static const treino_garbage empty_garbage = {sizeof empty_garbage, 0, NULL};
  if (strcmp(name, TREINO_TABLE_EXTENSION) == 0)
    return is(self, "tables without functions")                ? &without_functions
           : is(self, "short tables")                          ? &short_one
           : strstr(((instance*)self)->fault, "table") != NULL ? &tables
                                                               : NULL;
  if (strcmp(name, TREINO_REPORT_EXTENSION) == 0) return is(self, "report without a function") ? &empty_report : &reports;
  if (strcmp(name, TREINO_GARBAGE_EXTENSION) == 0 && is(self, "garbage without a function")) return &empty_garbage;
  return NULL;
}

static treino_status prepare(void* self, const treino_problem* problem, treino_error* error) {
  (void)self, (void)problem, (void)error;
  return TREINO_OK;
}
static uint32_t count(void* self) { return is(self, "count") ? UINT32_MAX : is(self, "twice the same name") ? 2 : 1; }
static const char* name(void* self, uint32_t index) {
  (void)index;
  return is(self, "no name") ? NULL : is(self, "empty name") ? "" : "bad_metric";
}
static uint32_t direction(void* self, uint32_t index) {
  (void)index;
  return is(self, "direction") ? 17 : TREINO_NO_DIRECTION;
}
static treino_status reset(void* self, treino_error* error) {
  (void)error;
  ((instance*)self)->updates = 0;
  return TREINO_OK;
}
static treino_status update(void* self, const treino_tensor* prediction, const treino_tensor* target, const treino_tensor* weight,
                            treino_error* error) {
  (void)prediction, (void)target, (void)weight, (void)error;
  ++((instance*)self)->updates;
  return TREINO_OK;
}
static treino_status merge(void* self, const treino_source* other, uint32_t version, treino_error* error) {
  (void)self, (void)other, (void)version, (void)error;
  return TREINO_OK;
}
static treino_status compute(void* self, double* values, treino_error* error) {
  (void)error;
  values[0] = ((instance*)self)->updates;
  if (is(self, "twice the same name")) values[1] = 0;
  return TREINO_OK;
}

static const treino_lifecycle lifecycle = {sizeof(treino_lifecycle), 1, create, destroy, save, load, extension};
static const treino_metric functions = {sizeof(treino_metric), 0, prepare, count, name, direction, reset, update, merge, compute};
static const treino_component component = {sizeof(treino_component), 0, "metric", TEXT, &lifecycle, &functions};
static const treino_component* const components[] = {&component};

const treino_plugin treino_plugin_v0 = {sizeof(treino_plugin), TREINO_ABI_MAJOR, TREINO_ABI_MINOR, 1, 1, 0, components};
