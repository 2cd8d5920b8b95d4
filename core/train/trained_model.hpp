// A trained model: a file of weights that says of itself what its layers are, how its data are prepared, and what its outputs mean.
// Nothing else is needed to use it: no manifest, no training data. In the folder of its run, what only that knows comes in
// addition: the files of the run's data, and callbacks that take part in tests and predictions.
#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/session/log.hpp"
#include "store/safetensors_read.hpp"
#include "train/plan/plan.hpp"
#include "train/run/run.hpp"

namespace treino::train {

struct TrainedModelOptions {
  std::filesystem::path model;                        // a file of weights, or a run's folder
  std::optional<std::filesystem::path> weights;       // with a run's folder: another file than its model.safetensors
  std::vector<std::string> settings;                  // --set
  std::vector<std::filesystem::path> plugin_folders;  // --plugin-path
  bool trusted = false;                               // it may name code wherever it comes from
  PlanOptions::Purpose purpose = PlanOptions::Purpose::prediction;
  bool alone = false;  // of a run's folder, nothing but the model file is looked at
};

class TrainedModel {
 public:
  /// Throws base::InputError where there is no such model, or it does not say enough of itself, manifest::ManifestError,
  /// host::LoadError.
  explicit TrainedModel(const TrainedModelOptions& options);

  const Plan& plan() const { return plan_; }
  /// What the file says of the run's data; no rows.
  const RunData& data() const { return recorded_.data; }
  /// Whether the run's folder tells of the files that it was trained and tested with.
  bool knows_data_files() const { return in_run_folder_; }
  /// Files that a run's command reads or keeps: what no output may be.
  std::vector<std::filesystem::path> files() const;
  /// The model, for data sets of at most `rows` rows. Throws base::InputError where the weights are of another model.
  std::unique_ptr<Run> build(std::int64_t rows, host::Log& log) const;

 private:
  std::filesystem::path folder_, weights_path_;
  bool in_run_folder_;
  std::optional<store::TensorReader> weights_;
  Recorded recorded_;
  Plan plan_;
};

}  // namespace treino::train
