// An output that is a sequence and the targets of its steps: losses and metrics see each step of each sample as a row of its own.
#pragma once
#include <cstdint>
#include <string>

#include "data/dataset.hpp"
#include "nn/spec.hpp"

namespace treino::train {

/// Rows that losses see of one sample: the steps of an output of the shape steps x outputs, else 1.
std::int64_t steps_of(const nn::Shape& output);

/// Why an output of this shape cannot be compared with such a target, of so many columns; empty where it can be. `what`: "the
/// model's output". A target of kind none is compared with nothing.
std::string target_steps_fault(const std::string& what, const nn::Shape& output, data::TargetKind kind, std::int64_t columns);

}  // namespace treino::train
