// The program's commands, one file each, over the library alone. Each returns the process's exit code; what cannot be used is thrown
// and reported by main.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <treino/treino.hpp>
#include <vector>

namespace treino::cli {

/// Those from 3 on come only where --exit-outcome asks for them.
enum ExitCode {
  exit_success = 0,
  exit_failed = 1,
  exit_bad_input = 2,
  exit_early_stopped = 3,
  exit_interrupted = 4,
  exit_diverged = 5
};

struct CommonOptions {
  std::vector<std::string> plugin_folders, settings;
  bool quiet = false;
  bool exit_outcome = false;  // run, resume: the exit code tells how the run ended
  bool trust = false;         // resume, evaluate, predict: the run's folder may name code
};

struct RunOptions {
  std::string manifest;
  std::optional<std::string> folder;
  bool dry = false;  // two batches of each pass; nothing is kept
};
int run(const CommonOptions& common, const RunOptions& options);
struct ResumeOptions {
  std::string folder;
  bool restart = false;  // from the beginning, whatever was saved
};
int resume(const CommonOptions& common, const ResumeOptions& options);

struct CheckOptions {
  std::string manifest;
  bool json = false;
};
int check(const CommonOptions& common, const CheckOptions& options);

/// A run's folder or a model file, for the next three. Settings are among the common options.
Trained trained(const CommonOptions& common, const std::string& model, const std::optional<std::string>& weights);

struct EvaluateOptions {
  std::string model;
  std::string part = "test";
  std::optional<std::string> data, targets, weights;
};
int evaluate(const CommonOptions& common, const EvaluateOptions& options);

struct PredictOptions {
  std::string model, data;
  std::optional<std::string> output, weights, output_layer;
};
int predict(const CommonOptions& common, const PredictOptions& options);

struct ExportOptions {
  std::string model;
  std::string exporter;
  std::optional<std::string> output;
};
/// CommonOptions::settings are the exporter's parameters.
int export_model(const CommonOptions& common, const ExportOptions& options);

int plugins(const CommonOptions& common, bool json);
int describe(const CommonOptions& common, const std::string& id);

struct LearningRateOptions {
  std::string manifest;
  std::optional<std::string> csv, svg;
  std::uint64_t steps_per_epoch = 0;  // 0: from the data, where a scheduler counts steps
};
int learning_rate(const CommonOptions& common, const LearningRateOptions& options);

int schema(const CommonOptions& common, const std::optional<std::string>& output);

}  // namespace treino::cli
