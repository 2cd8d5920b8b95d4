/* The binary contract between Treino and its plugins, in C11. This header includes all of it; abi/ holds one part per file, and
 * abi/services/ what the host offers to instances.
 *
 * A plugin is a shared library that exports one data symbol, `treino_plugin_v0` (the ABI's major is in the name), and carries a
 * description of itself as TOML in an ELF note (TREINO_NOTE). The host reads the description without running code, checks the user's
 * parameters against it, and only then loads the library. Rules and reasons: sdk/ABI.md. C++ authors include <treino/callback.hpp>,
 * <treino/scheduler.hpp>, <treino/loss.hpp> or <treino/metric.hpp> instead, which are written over this header.
 *
 * Threads. [control] before the first and after the last step, on the thread that owns the run. [step] during the run; one instance is
 * never entered twice at once, but may be entered from another thread than before. [any] from any thread, at any time between create
 * and destroy.
 *
 * Growth. Every struct passed by pointer begins with `size`, grows only at its end and has no padding holes; who reads one from the other
 * side must not read past `size`. Structs marked "frozen" are passed in arrays or by value and never change.
 *
 * Text is UTF-8, zero-terminated unless a length stands beside it. Everything the other side hands over is borrowed for the call.
 */
#ifndef TREINO_ABI_H
#define TREINO_ABI_H

#include <treino/abi/base.h>
#include <treino/abi/callback.h>
#include <treino/abi/loss.h>
#include <treino/abi/metric.h>
#include <treino/abi/plugin.h>
#include <treino/abi/problem.h>
#include <treino/abi/scheduler.h>
#include <treino/abi/services/checkpoint.h>
#include <treino/abi/services/children.h>
#include <treino/abi/services/collective.h>
#include <treino/abi/services/control.h>
#include <treino/abi/services/garbage.h>
#include <treino/abi/services/learning_rate.h>
#include <treino/abi/services/log.h>
#include <treino/abi/services/model.h>
#include <treino/abi/services/outputs.h>
#include <treino/abi/services/predictions.h>
#include <treino/abi/services/profile.h>
#include <treino/abi/services/random.h>
#include <treino/abi/services/report.h>
#include <treino/abi/services/run.h>
#include <treino/abi/services/scalars.h>
#include <treino/abi/services/screen.h>
#include <treino/abi/services/table.h>
#include <treino/abi/services/threads.h>
#include <treino/abi/services/weights.h>
#include <treino/abi/state.h>
#include <treino/abi/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

extern TREINO_EXPORT const treino_plugin treino_plugin_v0;

#ifdef __cplusplus
}
#endif

#endif
