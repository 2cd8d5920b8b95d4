// Compiled for every processor.
#define TREINO_LANES 4
#define TREINO_TABLE baseline_updates
#include "shared/optimizers/update_loops.inc"
