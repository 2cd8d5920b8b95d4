// Calls of a loss or a metric with tensors that are not what prepare was told of: each has to be refused with a text, and nothing
// may be read beyond what is there.
#pragma once
#include <functional>
#include <optional>

#include "plugins/conformance/batch.hpp"

namespace treino::conformance {

using Call = std::function<treino_status(const treino_tensor* prediction, const treino_tensor* target,
                                         const treino_tensor* weight, treino_error* error)>;

/// Through Catch2's assertions. `batch` is a good one of at least two samples; `ignored`: a class index that may be anything.
void check_misuse(const Call& call, const Batch& batch, const Problem& problem, std::optional<std::int64_t> ignored);

}  // namespace treino::conformance
