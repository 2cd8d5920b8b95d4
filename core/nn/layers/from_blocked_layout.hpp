// Channels in blocks, as convolutions like them, become plain channels x height x width for the layers that know no other: a layer
// that no manifest names, and that the graph inserts.
#pragma once
#include <cstdint>
#include <memory>

#include "nn/memory/step_memory.hpp"
#include "nn/spec.hpp"

namespace treino::nn {

class Layer;

/// For channels in blocks of `block`; `shape` is that of a sample.
std::unique_ptr<Layer> make_from_blocked_layout(const Shape& shape, std::int64_t block, std::int64_t capacity, int threads,
                                                StepMemory& memory);

}  // namespace treino::nn
