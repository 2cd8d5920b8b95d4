// A finished run's folder, as evaluate and predict need it: the plan of what is left of the run, what the weights say of its
// data, and the model. Neither the training data nor plugins that only watch training are needed.
#pragma once
#include <filesystem>
#include <memory>
#include <optional>

#include "cli/commands.hpp"
#include "store/safetensors.hpp"
#include "train/trainer.hpp"

namespace treino::cli {

class TrainedRun {
 public:
  using Purpose = train::PlanOptions::Purpose;

  /// `weights`: another file than the run's model. Throws base::InputError where `folder` is no run's or holds no model yet, and
  /// what the parts throw.
  TrainedRun(const CommonOptions& common, const std::filesystem::path& folder,
             const std::optional<std::filesystem::path>& weights, Purpose purpose);

  const train::Plan& plan() const { return plan_; }
  /// What the weights say of the run's data; no rows.
  const train::RunData& data() const { return data_; }
  /// Files that a run's command reads or keeps: what no output may be.
  std::vector<std::filesystem::path> files() const;
  /// For data sets of at most `rows` rows.
  std::unique_ptr<train::Trainer> model(std::int64_t rows, host::Log& log) const;

 private:
  std::filesystem::path folder_, weights_path_;
  train::Plan plan_;
  std::optional<store::TensorReader> weights_;
  train::RunData data_;
};

}  // namespace treino::cli
