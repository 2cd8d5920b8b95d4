// What a model's outputs mean to people: probabilities, and the class that they speak for.
#pragma once
#include <treino/abi.h>

#include <cstdint>
#include <span>

namespace treino::train {

/// Whether the outputs are scores of classes: one for each, or a single one for the second of two.
bool are_classes(const treino_problem& problem);

/// Logits become probabilities, in double and then rounded; all else stays as it is. In place; one sample's outputs.
void to_probabilities(const treino_problem& problem, std::span<float> outputs);

/// The class that metrics count: of a single output, class 1 where it exceeds one half as a probability, or 0 as a margin (of the
/// loss hinge), else class 0; of several, the largest one's, of equal ones the first. Decided on the outputs themselves, since
/// probabilities of different logits may be equal. -1 where there are no classes, or an output is NaN.
std::int64_t predicted_class(const treino_problem& problem, std::span<const float> outputs);

/// The same from what to_probabilities() has made of them.
std::int64_t class_of_probabilities(const treino_problem& problem, std::span<const float> outputs);

}  // namespace treino::train
