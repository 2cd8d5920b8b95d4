// What all_reduce makes of the values of all ranks.
#pragma once
#include <treino/abi/services/collective.h>

#include <cstdint>

namespace treino {
inline namespace sdk0 {

enum class Reduce : std::uint32_t { sum = TREINO_REDUCE_SUM, min = TREINO_REDUCE_MIN, max = TREINO_REDUCE_MAX };

}  // namespace sdk0
}  // namespace treino
