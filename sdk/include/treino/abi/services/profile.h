/* Service: where the time goes. */
#ifndef TREINO_ABI_SERVICES_PROFILE_H
#define TREINO_ABI_SERVICES_PROFILE_H

#include <treino/abi/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

/* where the time goes. Costs nothing while nobody has started it. */
#define TREINO_PROFILE_SERVICE "treino.profile/1"
enum {
  TREINO_SPAN_FORWARD = 0,  /* subject: layer */
  TREINO_SPAN_BACKWARD = 1, /* subject: layer */
  TREINO_SPAN_LOSS = 2,     /* subject: the loss' instance */
  TREINO_SPAN_METRIC = 3,   /* subject: instance */
  TREINO_SPAN_OPTIMIZER = 4,
  TREINO_SPAN_DATA = 5,       /* the loop waits for a batch */
  TREINO_SPAN_EVENT = 6,      /* a callback receives an event; subject: instance */
  TREINO_SPAN_BATCH = 7,      /* a batch as a whole, from batch_begin to batch_end */
  TREINO_SPAN_SAVE = 8,       /* the loop writes a checkpoint */
  TREINO_SPAN_PASS_BATCH = 9, /* a batch of validation, test or prediction as a whole; event: the one that began it */
  TREINO_SPAN_COUNT = 10
};
/* Frozen. Nanoseconds of a steady clock. */
typedef struct treino_span {
  uint64_t begin;
  uint64_t end;
  uint32_t category; /* TREINO_SPAN_... */
  uint32_t subject;  /* 0 where there is none */
  uint32_t event;    /* TREINO_SPAN_EVENT, TREINO_SPAN_PASS_BATCH: which one; 0 otherwise */
  uint32_t reserved;
} treino_span;
/* Frozen. */
typedef struct treino_span_total {
  uint64_t nanoseconds;
  uint64_t count;
} treino_span_total;
typedef struct treino_profile {
  uint32_t size;
  uint32_t reserved;
  /* [step] Records spans of the categories in `mask` (bits 1 << TREINO_SPAN_...) for this instance, until stop; of the spans themselves at
     most `capacity` are kept, the others are only counted. What was recorded before is dropped. */
  treino_status (*start)(const treino_host* host, uint64_t mask, uint64_t capacity, treino_error* error);
  void (*stop)(const treino_host* host);
  /* [step] What has been kept, in the order in which spans ended; valid until the next start, or until the next event while recording.
     `dropped` may be NULL. */
  uint64_t (*spans)(const treino_host* host, const treino_span** spans, uint64_t* dropped);
  treino_span_total (*total)(const treino_host* host, uint32_t category);
  /* [step] The name of a span's subject; "" where it has none. Valid until destroy. */
  const char* (*subject)(const treino_host* host, uint32_t category, uint32_t subject);
  /* [any] The clock that spans are measured with. */
  uint64_t (*now)(void);
} treino_profile;

#ifdef __cplusplus
}
#endif

#endif
