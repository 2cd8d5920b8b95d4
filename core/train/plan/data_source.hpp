// How the files of [data] are read.
#pragma once
#include <memory>

#include "data/dataset.hpp"
#include "data/in_memory.hpp"
#include "data/source.hpp"
#include "train/plan/plan.hpp"

namespace treino::train {

/// What data/ needs to read one file of the manifest, or `memory` in its place. `plan` and `section` outlive it.
data::Source to_source(const Plan& plan, const manifest::FileSection& section,
                       std::shared_ptr<const data::InMemory> memory = nullptr);

/// Whether there is something to open: that a file is not there, or its reader is not, has been said.
bool can_be_opened(const Plan& plan, const manifest::FileSection& section, bool in_memory);

/// How another file of the run is read: it must mean the same by its columns and classes as the training file. `training`: what
/// the training data are like; rows are not looked at.
data::Source to_source_like(const Plan& plan, const manifest::FileSection& section, const manifest::FileSection& train,
                            const data::Dataset& training, std::shared_ptr<const data::InMemory> memory = nullptr);

}  // namespace treino::train
