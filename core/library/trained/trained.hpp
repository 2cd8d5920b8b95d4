// What is done with a trained model from file to file.
#pragma once
#include <treino/treino.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "library/guarded.hpp"
#include "train/trained_model.hpp"

namespace treino::library {

/// treino_trained_options with memory of its own.
struct TrainedOptions {
  /// Throws base::InputError.
  explicit TrainedOptions(const treino_trained_options& given);

  /// `silent`: standard output is wanted for something else.
  void open_screen(std::optional<host::Screen>& screen, bool silent) const;

  train::TrainedModelOptions model;
  bool quiet;
  std::string output_layer;  // of predict; empty: the last
  void (*log)(void* context, const char* line);
  void* log_context;
};

/// All throw as train::TrainedModel, train::Evaluation and OutputFile.
void evaluate(const TrainedOptions& options, const treino_evaluation& evaluation);
/// Returns the number of rows. `write`: without `output`.
std::uint64_t predict(const TrainedOptions& options, const std::filesystem::path& data,
                      const std::optional<std::filesystem::path>& output, const std::optional<Writer>& write);
void export_model(const TrainedOptions& options, const std::string& exporter, const std::optional<std::filesystem::path>& output);

}  // namespace treino::library
