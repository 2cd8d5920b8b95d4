// Who computes a run's products, where its manifest has that measured: chosen by the first process for all, once, and recorded.
#pragma once
#include <string>

namespace treino::train {

class Run;

/// Of a run that is built. Its folder's record decides, where it is of such a processor as this; else the cache of the user, and
/// what has to be measured yet. Nothing where kernels are "fixed".
void choose_kernels(Run& run);

/// For a checkpoint; empty where kernels are "fixed".
std::string recorded_kernels(const Run& run);

/// Of a checkpoint that is restored: what it was saved with goes on, where it is of such a processor as this.
void restore_kernels(Run& run, const std::string& recorded);

}  // namespace treino::train
