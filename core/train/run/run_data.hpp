// The data of a run: read, split, prepared (fitted on the training part only). And the same of a run that is over, whose files of
// weights say how its data were prepared.
#pragma once
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "data/dataset.hpp"
#include "data/preparation.hpp"
#include "data/source.hpp"
#include "train/plan/plan.hpp"

namespace treino::train {

/// What a file of weights says of the data that it was trained on, so that the same data can be recognized.
struct DataRecord {
  std::string file, validation, test;  // fingerprints: of the training file as read, of the two other parts; empty: no such part
  std::int64_t training_samples = 0, validation_samples = 0, test_samples = 0;

  std::string to_json() const;
  static DataRecord from_json(const std::string& text);  // throws data::DataError
};

struct RunData {
  data::Dataset training, validation, test;  // count 0 where there is none
  data::Preparation preparation;
  DataRecord record;
};

/// What a model's outputs are: TREINO_PREDICTION_..., and whether each is a decision of its own.
struct OutputKind {
  std::uint32_t prediction = 0, independent = 0;
};

/// Of the last layer, and by their layers' names of the further outputs.
struct OutputKinds {
  OutputKind last;
  std::map<std::string, OutputKind> further;
};

/// What a file of weights says of the run that wrote it, beside its layers; the data have no rows.
struct Recorded {
  RunData data;
  OutputKinds outputs;
};

/// The file, or what the program calls them.
std::string name_of_training_data(const Plan& plan);

/// Batches of an epoch, as far as [run] asks for them.
std::uint64_t training_batches(const manifest::Manifest& manifest, std::int64_t samples);

/// Throws data::DataError.
RunData load_data(const Plan& plan);

/// Samples that a program hands over, prepared like the training data; `with_target`: as the model's kind. Throws data::DataError.
data::Dataset prepare_in_memory(const Plan& plan, const data::Preparation& preparation,
                                std::shared_ptr<const data::InMemory> memory, bool with_target);

/// "train", "validation" or "test" of a run that is over, read and split again, and prepared as it was then. Throws
/// data::DataError where that is not the part that the run had, or where it had none.
data::Dataset load_part(const Plan& plan, const RunData& recorded, const std::string& part);

/// One more file of the training file's form, prepared like it. Columns are found by name where both files name them. With the
/// target, which is read as the model's kind, from `targets` where that is given. Throws data::DataError.
data::Dataset load_to_evaluate(const Plan& plan, const data::Preparation& preparation, const std::filesystem::path& file,
                               const std::optional<std::filesystem::path>& targets);
/// The same without the target, whatever stands in its place.
data::Dataset load_to_predict(const Plan& plan, const data::Preparation& preparation, const std::filesystem::path& file);

/// One weight a class, empty where all are 1. Throws data::DataError for names that are no class.
std::vector<float> class_weights(const Plan& plan, const data::Dataset& training);

}  // namespace treino::train
