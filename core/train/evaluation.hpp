// Passes through data without training: validation, tests and predictions.
#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "data/batches/batches.hpp"
#include "data/dataset.hpp"
#include "train/best_epoch.hpp"
#include "train/pass_scalars.hpp"
#include "train/progress.hpp"

namespace treino::train {

class Run;
class OutputViews;

class Evaluation {
 public:
  /// `run` outlives this.
  explicit Evaluation(Run& run) : run_(run) {}

  /// Loss and metrics over the validation part, with the validation events; nothing where there is none.
  void validate();
  /// The same before the first step, or within an epoch, whose training continues as if it had not been: the values are in the log, and
  /// nowhere any longer once validation_end has been received, since the next step makes them those of other weights.
  void validate_between_steps();
  /// Loss and metrics over a data set, with the test events. Names begin with `prefix` ("test_"). Throws host::CallError.
  NamedScalars test(const data::Dataset& dataset, const std::string& prefix);
  /// What metrics have to show of the last test beside their scalars: (metric's name, text), for those that have.
  std::vector<std::pair<std::string, std::string>> reports();
  /// Gives every sample's outputs to `take` (row of the data set, outputs), with the predict events. Throws host::CallError.
  using Take = std::function<void(std::uint32_t, std::span<const float>)>;
  /// `layer`: of which of the outputs; empty: of the last layer. Throws base::InputError where that is none.
  void predict(const data::Dataset& dataset, const Take& take, const std::string& layer = "");

 private:
  /// Called with each batch's outputs once they are shown, before the batch's end.
  using Each = std::function<void(const data::Batch&, std::span<const float>, const OutputViews&)>;
  void pass(const data::Dataset& dataset, const PassEvents& events, const Each& each, const std::function<void()>& finish);
  void measure(const data::Dataset& dataset, const PassScalars& scalars, const PassEvents& events);
  void after_training(const std::function<void()>& action);
  void warn_of_outputs(std::int64_t samples);

  Run& run_;
  std::uint64_t bad_rows_ = 0;  // of the last pass: samples whose outputs are NaN or infinite
};

}  // namespace treino::train
