// Restores a run from a checkpoint, or its weights alone from any file that has them.
#pragma once
#include <filesystem>
#include <nlohmann/json_fwd.hpp>

#include "host/session/learning_rate.hpp"
#include "store/safetensors_read.hpp"

namespace treino::train {

class Run;

class CheckpointReader {
 public:
  /// `run` outlives this, and has not begun.
  explicit CheckpointReader(Run& run) : run_(run) {}

  /// Continues from a checkpoint of everything. Throws store::StoreError for a damaged file, base::InputError or data::DataError
  /// where it is of another run, host::CallError where a plugin refuses its state.
  void restore(const std::filesystem::path& checkpoint);
  /// Weights only, from any file that has them under the parameters' names. Throws store::StoreError or base::InputError.
  void load_weights(const std::filesystem::path& path) { load_weights(store::TensorReader(path), path); }
  void load_weights(const store::TensorReader& file, const std::filesystem::path& path);  // path: for errors

 private:
  void check_settings(const nlohmann::json& state) const;
  void check_data(const nlohmann::json& state) const;
  void restore_parameters();
  void restore_own_state();
  void restore_optimizer(const nlohmann::json& state);
  void restore_sets(const nlohmann::json& state);
  void restore_learning_rate(const nlohmann::json& state);
  void restore_scalars(const nlohmann::json& state);
  void restore_stop(const nlohmann::json& state);
  void restore_plugins(const nlohmann::json& state);
  void compare_schedule(const host::LearningRate::Schedule& before);

  Run& run_;
  const store::TensorReader* file_ = nullptr;  // the one that is being restored
  std::filesystem::path path_;
};

}  // namespace treino::train
