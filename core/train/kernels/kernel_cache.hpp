// What was measured on this machine before: a file for each processor, number of threads and version in the user's cache folder.
#pragma once
#include <string>

#include "nn/kernel_choices.hpp"

namespace treino::train {

/// The choices that $XDG_CACHE_HOME/treino (~/.cache/treino) has for this key; none where there is no such file, or it holds
/// anything else.
nn::KernelChoices cached_kernels(const std::string& key);

/// Adds choices to the file. Those that another run has put there meanwhile stay, and take the place of these in `choices`. Does
/// nothing where the folder cannot be written to: the next run then measures again.
void cache_kernels(const std::string& key, nn::KernelChoices& choices);

}  // namespace treino::train
