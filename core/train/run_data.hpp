// The data of a run: read, split, prepared (fitted on the training part only).
#pragma once
#include <filesystem>
#include <optional>
#include <string>

#include "data/dataset.hpp"
#include "train/plan.hpp"

namespace treino::train {

struct RunData {
  data::Dataset training, validation, test;  // count 0 where there is none
  data::Preparation preparation;
  std::string fingerprint;  // of the training data as read: a resumed run must find the same
};

/// Throws data::DataError.
RunData load_data(const Plan& plan);

/// One more file of the training file's form, prepared like it (evaluate, predict). The target is read where the file, or
/// `targets`, has it.
data::Dataset load_like_training(const Plan& plan, const data::Preparation& preparation, const std::filesystem::path& file,
                                 const std::optional<std::filesystem::path>& targets);

/// One weight a class, empty where all are 1. Throws data::DataError for names that are no class.
std::vector<float> class_weights(const Plan& plan, const data::Dataset& training);

}  // namespace treino::train
