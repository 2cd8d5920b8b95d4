/* Extension and service: metrics whose result is a table. */
#ifndef TREINO_ABI_SERVICES_TABLE_H
#define TREINO_ABI_SERVICES_TABLE_H

#include <treino/abi/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

/* rows x columns of values with a name for each, such as a confusion matrix. */
typedef struct treino_table {
  uint32_t size;
  uint32_t reserved;
  const char* name;        /* "confusion_matrix" */
  const char* row_kind;    /* what the rows are ("class"), or "" */
  const char* column_kind; /* what the columns are ("predicted as"), or "" */
  uint64_t rows;
  uint64_t columns;
  const char* const* row_names;    /* rows entries */
  const char* const* column_names; /* columns entries */
  const double* values;            /* rows x columns, row by row */
} treino_table;

/* of a metric whose result is tables; what is in a table is not among its scalars, of which there may be none (count() is 0). */
#define TREINO_TABLE_EXTENSION "treino.table/1"
typedef struct treino_metric_tables {
  uint32_t size;
  uint32_t reserved;
  /* [control] After prepare, and the same from then on: how many tables there are; at most 64. */
  uint32_t (*count)(void* self);
  /* [step] Table `index` of what has been counted; leaves the counts as they are. Names, rows and columns are the same from prepare on; at
     most 2^28 values. What the table points to is valid until the next call of the instance. */
  treino_status (*table)(void* self, uint32_t index, treino_table* table, treino_error* error);
} treino_metric_tables;

/* what the metrics' tables were at the end of the last pass through data of each kind. */
#define TREINO_TABLE_SERVICE "treino.table/1"
typedef struct treino_tables {
  uint32_t size;
  uint32_t reserved;
  /* [step] How many there are, from run_begin on; those of a test are added before test_begin. */
  uint32_t (*count)(const treino_host* host);
  /* [step] A table as it was at the end of the last pass through its data, from epoch_end, validation_end or test_end on. Of training it has
     the metric's name for it, of validation and test the same with "val_" and "test_" before it. TREINO_MISSING where the pass has not been
     made since the run began or was resumed: then `table` has all but the values. What it points to is valid during the event. */
  treino_status (*table)(const treino_host* host, uint32_t index, treino_table* table);
} treino_tables;

#ifdef __cplusplus
}
#endif

#endif
