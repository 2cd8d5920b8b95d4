/* Extension: text of what a metric has counted. */
#ifndef TREINO_ABI_SERVICES_REPORT_H
#define TREINO_ABI_SERVICES_REPORT_H

#include <treino/abi/base.h>
#include <treino/abi/state.h>

#ifdef __cplusplus
extern "C" {
#endif

/* of a metric (or a loss) that has more to show than scalars. */
#define TREINO_REPORT_EXTENSION "treino.report/1"
typedef struct treino_report {
  uint32_t size;
  uint32_t reserved;
  /* [step] UTF-8 text of what has been counted, lines of at most 80 columns; leaves the counts as they are. */
  treino_status (*report)(void* self, const treino_sink* sink, treino_error* error);
} treino_report;

#ifdef __cplusplus
}
#endif

#endif
