/* Views of arrays. */
#ifndef TREINO_ABI_TENSOR_H
#define TREINO_ABI_TENSOR_H

#include <treino/abi/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* DLPack's type and device codes. */
enum { TREINO_DTYPE_INT = 0, TREINO_DTYPE_UINT = 1, TREINO_DTYPE_FLOAT = 2 };
enum { TREINO_DEVICE_CPU = 1 };

/* A borrowed view, valid during the call. Strides count elements and may be 0 or negative; shape and strides have `rank` entries. Frozen. */
typedef struct treino_tensor {
  void* data;
  const int64_t* shape;
  const int64_t* strides;
  uint64_t byte_offset;
  uint32_t rank;
  uint8_t type_code;
  uint8_t type_bits;
  uint16_t type_lanes;
  int32_t device_type;
  int32_t device_id;
} treino_tensor;

#ifdef __cplusplus
}
#endif

#endif
