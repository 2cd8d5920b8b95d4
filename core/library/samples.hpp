// Samples as a program hands them over.
#pragma once
#include <treino/treino.h>

#include <memory>
#include <string>

#include "data/in_memory.hpp"

namespace treino::library {

/// A copy, called `name` in errors. `model`: what takes the place of a shape or names that are not given; may be null. Throws
/// base::InputError where the struct contradicts itself.
std::shared_ptr<const data::InMemory> copy_of(const treino_samples* samples, const std::string& name, const data::Dataset* model);

}  // namespace treino::library
