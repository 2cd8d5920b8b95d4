/* Service: files of weights and of the whole run. */
#ifndef TREINO_ABI_SERVICES_CHECKPOINT_H
#define TREINO_ABI_SERVICES_CHECKPOINT_H

#include <treino/abi/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TREINO_CHECKPOINT_SERVICE "treino.checkpoint/1"
enum { TREINO_SAVE_WEIGHTS = 0, TREINO_SAVE_EVERYTHING = 1 };
enum {
  TREINO_SAVE_LATER = 1, /* copied at the safe point, written by a thread of the host's; one at a time, a second one waits */
  /* with LATER: the run continues past the ends of epochs while the file is written; checkpoint_saved comes at the first safe point
     after it is there, at the latest before run_end. For files of which only the newest counts; a host that lacks it waits as ever. */
  TREINO_SAVE_UNAWAITED = 2
};
typedef struct treino_checkpoint {
  uint32_t size;
  uint32_t reserved;
  /* [step] Asks for a file at `path` (absolute), written durably when every callback has received the event, read back, and answered by
     checkpoint_saved to the caller. EVERYTHING is what `treino resume` continues from. Folders on the way are made. */
  void (*save)(const treino_host* host, const char* path, uint32_t contents);
  /* the same with `weights`, the name of a set (treino.weights) whose values are saved in the weights' place, or "" for those being
     trained, wherever they are swapped to; and with flags TREINO_SAVE_... A file of EVERYTHING holds all sets: there `weights` says
     (from 0.3 on; before it was without effect) which of them a model takes that is loaded from the file and not trained further. */
  void (*save_as)(const treino_host* host, const char* path, uint32_t contents, const char* weights, uint32_t flags);
} treino_checkpoint;

#ifdef __cplusplus
}
#endif

#endif
