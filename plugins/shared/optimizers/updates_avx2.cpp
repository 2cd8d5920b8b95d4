// Compiled for processors with AVX2, whatever the compiler's other flags say.
#define TREINO_LANES 8
#define TREINO_TABLE avx2_updates
#include "shared/optimizers/update_loops.inc"
