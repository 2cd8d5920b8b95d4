// How the files of [data] are read.
#pragma once
#include <memory>

#include "data/dataset.hpp"
#include "data/in_memory.hpp"
#include "data/source.hpp"
#include "manifest/manifest.hpp"

namespace treino::train {

/// What data/ needs to read one file of the manifest, or `memory` in its place.
data::Source to_source(const manifest::FileSection& section, std::shared_ptr<const data::InMemory> memory = nullptr);

/// How another file of the run is read: it must mean the same by its columns and classes as the training file. `training`: what
/// the training data are like; rows are not looked at.
data::Source to_source_like(const manifest::FileSection& section, const manifest::FileSection& train,
                            const data::Dataset& training, std::shared_ptr<const data::InMemory> memory = nullptr);

}  // namespace treino::train
