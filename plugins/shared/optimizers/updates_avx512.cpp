// Compiled for processors with AVX512, whatever the compiler's other flags say.
#define TREINO_LANES 16
#define TREINO_TABLE avx512_updates
#include "shared/optimizers/update_loops.inc"
