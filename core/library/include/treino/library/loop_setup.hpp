// What a program says of its loop.
#pragma once
#include <treino/abi/problem.h>
#include <treino/library/loop.h>

#include <cstdint>
#include <string>
#include <vector>

namespace treino {

/// What begin() is told of a loop of your own.
struct LoopSetup {
  std::uint64_t training_samples = 0, batches_per_epoch = 0;
  std::uint64_t validation_samples = 0, validation_batches = 0;  // 0: there is no validation
  std::uint64_t largest_batch = 0;                               // of both
  double learning_rate = 0;                                      // that schedulers begin with
  std::int64_t outputs = 0;                                      // numbers predicted for a sample; 0: metrics are given none
  std::int64_t classes = 0;                                      // targets are labels; 0: they are values
  std::int64_t target_width = 0;                                 // of values: columns; 0: as many as outputs
  std::uint32_t prediction = TREINO_PREDICTION_PROBABILITIES;    // or TREINO_PREDICTION_LOGITS, TREINO_PREDICTION_VALUES
  bool independent = false;                                      // each output is a decision of its own (sigmoid)
  std::vector<std::string> class_names = {};
};

namespace library_detail {

/// `names` lives as long as the result.
inline treino_loop_setup to_c(const LoopSetup& setup, const std::vector<const char*>& names) {
  treino_loop_setup given{};
  given.size = sizeof given;
  given.prediction = setup.prediction;
  given.training_samples = setup.training_samples;
  given.batches_per_epoch = setup.batches_per_epoch;
  given.validation_samples = setup.validation_samples;
  given.validation_batches = setup.validation_batches;
  given.largest_batch = setup.largest_batch;
  given.learning_rate = setup.learning_rate;
  given.outputs = setup.outputs;
  given.classes = setup.classes;
  given.target_width = setup.target_width;
  given.independent = setup.independent ? 1 : 0;
  given.class_name_count = static_cast<std::uint32_t>(names.size());
  given.class_names = names.data();
  return given;
}

}  // namespace library_detail

}  // namespace treino
