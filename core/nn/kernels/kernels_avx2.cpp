// Compiled for processors with AVX2, whatever the compiler's other flags say.
#define TREINO_LANES 8
#define TREINO_TILE_ROWS 6
#define TREINO_TABLE avx2_kernels
#define TREINO_NAME "avx2"
#include "nn/kernels/kernel_loops.inc"
