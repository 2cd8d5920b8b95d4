/* Four rows of two columns, in C: the least that the kind asks for. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <treino/abi.h>
#include <treino/abi/draft/reader.h>

#define DESCRIPTION "kind = \"reader\"\ndraft = 1\nid = \"plain_reader\"\nversion = \"1\"\nsummary = \"s\"\nhelp = \"h\"\n"
TREINO_NOTE(note, DESCRIPTION);

static const treino_reader_field fields[] = {{NULL, NULL, 0, TREINO_READ_FLOAT64, TREINO_FIELD_FEATURE, 0},
                                             {NULL, NULL, 0, TREINO_READ_INT32, TREINO_FIELD_TARGET, 0}};

static treino_status create(const treino_host* host, const treino_parameter* parameters, uint32_t count, void** self,
                            treino_error* error) {
  (void)host, (void)parameters, (void)count, (void)error;
  *self = malloc(1);
  return TREINO_OK;
}
static void destroy(void* self) { free(self); }

static treino_status open(void* self, const treino_reader_source* source, treino_reader_schema* schema, treino_error* error) {
  (void)self, (void)source, (void)error;
  schema->field_count = 2;
  schema->fields = fields;
  schema->rows = 4;
  return TREINO_OK;
}
static treino_status read(void* self, treino_read* read, treino_error* error) {
  (void)self, (void)error;
  for (int64_t i = 0; i < read->count; ++i) {
    const int64_t row = read->rows == NULL ? read->first + i : read->rows[i];
    for (uint32_t k = 0; k < read->destination_count; ++k) {
      char* to = (char*)read->destinations[k].data + i * read->destinations[k].stride;
      const double feature = 0.5 * (double)row;
      const int32_t target = (int32_t)(row % 2);
      if (read->destinations[k].field == 0)
        memcpy(to, &feature, sizeof feature);
      else
        memcpy(to, &target, sizeof target);
    }
  }
  read->given = read->count;
  return TREINO_OK;
}

static const treino_lifecycle lifecycle = {sizeof(treino_lifecycle), 1, create, destroy, NULL, NULL, NULL};
static const treino_reader functions = {sizeof(treino_reader), 0, open, read, NULL};
static const treino_component component = {sizeof(treino_component), 0, "reader", DESCRIPTION, &lifecycle, &functions};
static const treino_component* const components[] = {&component};
const treino_plugin treino_plugin_v0 = {
    sizeof(treino_plugin), TREINO_ABI_MAJOR, TREINO_ABI_MINOR, TREINO_ABI_OLDEST_MINOR, 1, 0, components};
