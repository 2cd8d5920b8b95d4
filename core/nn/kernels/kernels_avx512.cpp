// Compiled for processors with AVX512, whatever the compiler's other flags say.
#define TREINO_LANES 16
#define TREINO_TILE_ROWS 8
#define TREINO_TABLE avx512_kernels
#define TREINO_NAME "avx512"
#include "nn/kernels/kernel_loops.inc"
