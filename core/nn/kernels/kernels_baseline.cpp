// Compiled for the lowest processor that the compiler's flags allow.
#define TREINO_LANES 4
#define TREINO_TILE_ROWS 4
#define TREINO_TABLE baseline_kernels
#define TREINO_NAME "baseline"
#include "nn/kernels/kernel_loops.inc"
