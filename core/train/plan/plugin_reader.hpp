// The host's side of a plugin that reads a source of samples.
#pragma once
#include "data/reader.hpp"
#include "train/plan/plan.hpp"

namespace treino::train {

/// Opens sources with the plugin that a file of [data] names; both outlive it. What it opens is checked: a plugin's schema may be
/// anything. Throws manifest::ManifestError where the plugin is not there, and data::DataError for whatever is wrong with a source
/// or is done wrong by the plugin.
data::OpenReader reader_opener(const Plan& plan, const manifest::FileSection& file);

}  // namespace treino::train
