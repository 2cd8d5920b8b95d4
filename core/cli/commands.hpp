// The program's commands, one file each. Each returns the process's exit code; what cannot be used is thrown and reported by
// main.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
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
  std::vector<std::filesystem::path> plugin_folders;
  std::vector<std::string> settings;
  bool quiet = false;
  bool exit_outcome = false;  // run, resume: the exit code tells how the run ended
  bool trust = false;         // resume, evaluate, predict: the run's folder may name code
};

struct RunOptions {
  std::filesystem::path manifest;
  std::optional<std::filesystem::path> folder;
};
int run(const CommonOptions& common, const RunOptions& options);
struct ResumeOptions {
  std::filesystem::path folder;
  bool restart = false;  // from the beginning, whatever was saved
};
int resume(const CommonOptions& common, const ResumeOptions& options);

int check(const CommonOptions& common, const std::filesystem::path& manifest);

struct EvaluateOptions {
  std::filesystem::path model;  // a run's folder, or a file of weights
  std::string part = "test";
  std::optional<std::filesystem::path> data, targets, weights;
};
int evaluate(const CommonOptions& common, const EvaluateOptions& options);

struct PredictOptions {
  std::filesystem::path model, data;  // model: a run's folder, or a file of weights
  std::optional<std::filesystem::path> output, weights;
};
int predict(const CommonOptions& common, const PredictOptions& options);

struct ExportOptions {
  std::filesystem::path model;  // a run's folder, or a file of weights
  std::string exporter;
  std::optional<std::filesystem::path> output;
};
/// CommonOptions::settings are the exporter's parameters.
int export_model(const CommonOptions& common, const ExportOptions& options);

int plugins(const CommonOptions& common, bool json);
int describe(const CommonOptions& common, const std::string& id);

struct RateOptions {
  std::filesystem::path manifest;
  std::optional<std::filesystem::path> csv, svg;
  std::uint64_t steps_per_epoch = 0;  // 0: from the data, where a scheduler counts steps
};
int rate(const CommonOptions& common, const RateOptions& options);

int schema(const CommonOptions& common, const std::optional<std::filesystem::path>& output);

}  // namespace treino::cli
