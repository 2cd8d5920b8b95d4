/* The process, for a program that gives it to Treino: Ctrl-C, crashes, processors. */
#ifndef TREINO_LIBRARY_PROCESS_H
#define TREINO_LIBRARY_PROCESS_H

#include "treino/library/base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct treino_process_handle treino_process_handle;

/* Until treino_process_release, for all runs of the process:
 * - SIGINT (Ctrl-C), SIGTERM, SIGHUP and SIGXCPU ask the runs under way to end: each is saved, and its outcome is TREINO_INTERRUPTED.
 *   A second SIGINT or SIGTERM, and any of them where no run is under way, ends the process.
 * - A plugin that then does not return within [run] stop_timeout is given up: the weights and the summary are kept where that can be
 *   done, and the process ends with exit code 1.
 * - A plugin that crashes, or calls exit(), is named on standard error, with the event, before the process ends.
 * - A closed pipe, and a file that reaches `ulimit -f`, are errors of whoever writes (SIGPIPE and SIGXFSZ are ignored): a run goes on
 *   without its lines on standard output.
 * - Where threads are more than one, they are kept off the processor that the run's own thread uses.
 * Signals are blocked in the calling thread and in those that it starts: call it first in main(), before there are other threads. One
 * at a time; runs under way when it is released go on. A library that others call leaves it alone. */
TREINO_API treino_status treino_process_own(treino_process_handle** process, treino_error* error);
TREINO_API void treino_process_release(treino_process_handle* process);

#ifdef __cplusplus
}
#endif

#endif
